/**
 * A request as a message of Slack's (Block Kit). Nothing that an agent wrote is ever markup: it stands in `plain_text` and in
 * preformatted rich text, which Slack shows as they are, so that no backtick, link or mention in it does anything. Only the
 * line for notifications is markup to Slack, and is escaped.
 */
import { mayDecideFromMessage, parameterLines, type ToldRequest } from './told-request.ts';
import type { ToldAbout } from './webhook-message.ts';

/** Slack's bounds: a header has 150 characters, a text 3,000. */
const HEADER_CHARACTERS_MAX = 150;
const TEXT_CHARACTERS_MAX = 2_900;

export const SLACK_REASON_BLOCK = 'reason';
export const SLACK_REASON_ACTION = 'reason';

type Block = Readonly<Record<string, unknown>>;

/** `canDecide`: the channel has an app whose buttons reach the console, and knows people. */
export function slackMessage(told: ToldRequest, about: ToldAbout, canDecide: boolean): string {
  const title = about === 'requested' ? 'Approval needed' : `Request ${told.state}`;
  const blocks: Block[] = [
    { type: 'header', text: plain(title.slice(0, HEADER_CHARACTERS_MAX)) },
    section(told.words),
    section(factsOf(told).join('\n')),
  ];
  if (about === 'requested') blocks.push(...payloadBlocks(told));
  const decides = about === 'requested' && canDecide && mayDecideFromMessage(told);
  if (decides) {
    blocks.push({
      type: 'input',
      block_id: SLACK_REASON_BLOCK,
      optional: true,
      label: plain('Reason (a denial needs one)'),
      element: { type: 'plain_text_input', action_id: SLACK_REASON_ACTION, max_length: 1_000 },
    });
  }
  const value = `${told.id}:${told.actionDigest}`;
  blocks.push({
    type: 'actions',
    elements: [
      ...(decides
        ? [
            button('Approve', 'approve', { value, style: 'primary' }),
            button('Deny', 'deny', { value, style: 'danger' }),
          ]
        : []),
      button('Open in the console', 'open', { url: told.link }),
    ],
  });
  return JSON.stringify({
    text: escaped(`${title}: ${told.words}`).slice(0, TEXT_CHARACTERS_MAX),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks,
  });
}

function factsOf(told: ToldRequest): readonly string[] {
  return [
    `Asks: ${told.requester}${told.requesterFor === undefined ? '' : ` for ${told.requesterFor}`}`,
    `Upstream: ${told.upstream}`,
    `Rule: ${told.rule}`,
    `Why: ${told.reason}`,
    ...(told.text === '' ? [] : [told.text]),
    ...told.facts.map(([name, value]) => `${name}: ${value}`),
    ...told.warnings.map((warning) => `Warning: ${warning}`),
    ...told.decidedBy.map(
      ({ subject, verdict, breakGlass }) => `${subject}: ${verdict}${breakGlass ? ' (emergency)' : ''}`,
    ),
    `Decide by: ${new Date(told.decideByMs).toISOString()}`,
    `Digest: ${told.actionDigest}`,
  ];
}

function payloadBlocks(told: ToldRequest): readonly Block[] {
  if (!mayDecideFromMessage(told)) {
    return [
      section(
        told.payload === undefined
          ? 'It is too large for a message: look at it in the console.'
          : 'Not all of it is what it looks like, or parts are masked: look at it in the console.',
      ),
    ];
  }
  const elements = [preformatted(told.payload ?? '')];
  // In a box of their own, each in one line: no line of a payload or of a value passes for a parameter.
  if (told.parameters.length > 0) elements.push(preformatted(parameterLines(told).join('\n')));
  return [{ type: 'rich_text', elements }];
}

/** An empty text is no element to Slack. */
const preformatted = (text: string): Block => ({
  type: 'rich_text_preformatted',
  elements: [{ type: 'text', text: text || ' ' }],
});

const plain = (text: string): Block => ({ type: 'plain_text', text, emoji: false });
const section = (text: string): Block => ({
  type: 'section',
  text: plain(text.length <= TEXT_CHARACTERS_MAX ? text : `${text.slice(0, TEXT_CHARACTERS_MAX)}\u2026`),
  // Or Slack may fold it behind "see more", with what gives the action its meaning.
  expand: true,
});
const button = (text: string, actionId: string, more: Block): Block => ({
  type: 'button',
  text: plain(text),
  action_id: actionId,
  ...more,
});

/** Slack's "Formatting text for app surfaces": three characters are markup, and backticks begin code. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', "'");
