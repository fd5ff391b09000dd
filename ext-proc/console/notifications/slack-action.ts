/** A pressed button of Slack's (`block_actions`), and what is told about it where it was pressed. */
import type { ReviewVerdict } from '../../domain/approvals/review-decision.ts';
import { spelledOut, visibleText } from '../../domain/approvals/visible-text.ts';
import type { DecisionRefused, DecisionTaken } from '../decide.ts';
import { SLACK_REASON_ACTION, SLACK_REASON_BLOCK } from './slack-message.ts';

export interface SlackAction {
  /** Slack's id of who pressed it. */
  readonly user: string;
  readonly id: string;
  readonly actionDigest: string;
  readonly verdict: ReviewVerdict;
  readonly reason: string;
  /** Of the same origin as the channel's own. */
  readonly responseUrl: string;
}

/**
 * Undefined where it is none of ours; `link` for a button that only leads somewhere. The URL to answer at is taken only
 * where it is on the origin that the channel's messages are posted to.
 */
export function readSlackAction(body: Uint8Array, channelUrl: string): SlackAction | 'link' | undefined {
  const payload = new URLSearchParams(Buffer.from(body).toString('utf8')).get('payload');
  let value: unknown;
  try {
    value = JSON.parse(payload ?? '');
  } catch {
    return undefined;
  }
  const message = objectOf(value);
  const [action, ...others] = arrayOf(message?.['actions']).map(objectOf);
  if (message?.['type'] !== 'block_actions' || action === undefined || others.length > 0) return undefined;
  const verdict = action['action_id'];
  if (verdict === 'open') return 'link';
  const user = objectOf(message['user'])?.['id'];
  const pressed = /^([0-9a-f-]{36}):([0-9a-f]{64})$/.exec(textOf(action['value']));
  const responseUrl = textOf(message['response_url']);
  if ((verdict !== 'approve' && verdict !== 'deny') || typeof user !== 'string' || pressed === null)
    return undefined;
  if (URL.parse(responseUrl)?.origin !== URL.parse(channelUrl)?.origin) return undefined;
  const typed = objectOf(
    objectOf(objectOf(objectOf(message['state'])?.['values'])?.[SLACK_REASON_BLOCK])?.[SLACK_REASON_ACTION],
  );
  return {
    user,
    id: pressed[1] ?? '',
    actionDigest: pressed[2] ?? '',
    verdict,
    reason: textOf(typed?.['value']),
    responseUrl,
  };
}

/**
 * Once it is decided the message is replaced, so that nobody presses again; else only who pressed is told. `text` is markup
 * to Slack, and holds nothing that an agent wrote.
 */
export function slackAnswer({ verdict, id }: SlackAction, outcome: DecisionTaken | DecisionRefused): string {
  if (outcome.kind === 'refused') {
    return JSON.stringify({
      response_type: 'ephemeral',
      replace_original: false,
      text: `Nothing was decided (${outcome.code}): ${line(outcome.publicMessage)}`,
    });
  }
  const { state, agreed, needed } = outcome;
  const isPending = state === 'pending';
  return JSON.stringify({
    replace_original: !isPending,
    ...(isPending ? { response_type: 'ephemeral' } : {}),
    text: isPending
      ? `Recorded: ${agreed} of ${needed} agree to ${id}.`
      : `${verdict === 'approve' ? 'Approved' : 'Denied'}: request ${id} is ${state}.`,
  });
}

const line = (text: string): string => spelledOut(visibleText(text, { oneLine: true }));

const objectOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
