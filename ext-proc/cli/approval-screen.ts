/** One held request as a reviewer sees it in the terminal: all of it, and what of it deceives. Lines, none of them raw. */

import type { ApprovalDetail, ApprovalSummary } from '../console/api.ts';
import { createColors } from './colors.ts';
import { terminalBlock, terminalCautions, terminalLine } from './terminal-text.ts';

const LABEL_COLUMNS_MIN = 12;
/** A longer name of a fact moves its own value, and no other. */
const LABEL_COLUMNS_MAX = 24;

export function approvalScreen(detail: ApprovalDetail, colours: boolean, columns: number): readonly string[] {
  const paint = createColors(colours);
  const line = (text: string): string => terminalLine(text, colours);
  const { view } = detail;
  const longest = Math.max(LABEL_COLUMNS_MIN, ...view.facts.map(([name]) => name.length));
  const labelColumns = Math.min(LABEL_COLUMNS_MAX, longest);
  const row = (label: string, value: string): string => `${paint.dim(label.padEnd(labelColumns))} ${value}`;
  const cautions = [
    ...new Set([
      ...[view.payload, ...view.parameters].flatMap((text) => terminalCautions(text)),
      ...[view.words, ...view.facts.flat(), ...view.warnings].flatMap((text) =>
        terminalCautions(text, { oneLine: true }),
      ),
    ]),
  ];
  return [
    `${paint.bold(line(view.words))}`,
    '',
    row('state', stateOf(detail)),
    row('asks', line(who(detail))),
    row('from', line(`${detail.clientAddress}, groups ${detail.groups.join(', ')}`)),
    row('upstream', line(`${detail.upstream} (${detail.protocol})`)),
    row('rule', line(detail.rule)),
    row('why', line(detail.reason)),
    ...(detail.text === '' ? [] : [row('note', line(detail.text))]),
    row('reviewers', line(reviewersOf(detail))),
    ...(detail.stage === 'commit'
      ? [row('stage', 'it has run in a transaction; its commit is what is held')]
      : []),
    ...view.facts.map(([name, value]) => row(line(name), line(value))),
    ...(detail.repeats > 0 ? [row('asked again', `${detail.repeats} times`)] : []),
    '',
    paint.dim(`${line(view.language)}, ${view.payload.length} characters, all of it:`),
    ...terminalBlock(view.payload, colours, columns),
    ...view.parameters.flatMap((each, index) => [
      paint.dim(`parameter $${index + 1}:`),
      ...terminalBlock(each, colours, columns),
    ]),
    '',
    ...cautions.map((caution) => paint.yellow(`! ${caution}`)),
    ...view.warnings.map((warning) => paint.yellow(`! ${line(warning)}`)),
    ...(cautions.length + view.warnings.length > 0 ? [''] : []),
    ...detail.decisions.map((each) =>
      row(
        each.verdict === 'approve' ? 'approved by' : 'denied by',
        line(
          `${each.reviewer}${each.breakGlass ? ' (emergency)' : ''}${each.reason === '' ? '' : `: ${each.reason}`}`,
        ),
      ),
    ),
    ...similarLines(detail, row, line),
    ...(detail.grant === null
      ? []
      : [
          row(
            'may be',
            `approved for up to ${detail.grant.minutesMax} minutes (--minutes, --scope ${detail.grant.scopes.join('|')})`,
          ),
        ]),
    row('digest', line(detail.actionDigest)),
    row('time left', timeLeft(detail)),
  ];
}

function similarLines(
  { similar }: ApprovalDetail,
  row: (label: string, value: string) => string,
  line: (text: string) => string,
): readonly string[] {
  return similar.map((each, index) =>
    row(
      index === 0 ? 'before' : '',
      `${line(each.state)} ${new Date(each.createdAtMs).toISOString().slice(0, 16).replace('T', ' ')}, asked by ${line(who(each))}`,
    ),
  );
}

export const who = ({ requester }: Pick<ApprovalSummary, 'requester'>): string =>
  requester.onBehalfOf === null ? requester.subject : `${requester.subject} for ${requester.onBehalfOf}`;

const stateOf = ({ state, agreed, needed, why }: ApprovalDetail): string =>
  `${terminalLine(state, false)}, ${agreed} of ${needed} agree${why === '' ? '' : ` (${terminalLine(why, false)})`}`;

const reviewersOf = ({ requirements }: ApprovalDetail): string =>
  requirements
    .map(
      ({ count, groups, people }) =>
        `${count} of ${[...groups.map((each) => `group ${each}`), ...people].join(', ')}`,
    )
    .join('; ');

/** By the store's clock, whatever the one here says. */
export function timeLeft({
  state,
  decideByMs,
  nowMs,
}: Pick<ApprovalSummary, 'state' | 'decideByMs' | 'nowMs'>): string {
  if (state !== 'pending') return '-';
  const seconds = Math.max(0, Math.floor((decideByMs - nowMs) / 1_000));
  if (seconds >= 3_600) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds} s`;
}
