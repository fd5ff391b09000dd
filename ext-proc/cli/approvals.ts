/** `gatehouse approvals`: what waits for people, and deciding it, as whoever is logged in. */
import { createInterface } from 'node:readline/promises';

import type { ApprovalDetail, ApprovalList, DecisionAnswer, DecisionBody } from '../console/api.ts';
import type { ReviewVerdict } from '../domain/approvals/review-decision.ts';
import { GatehouseError } from '../domain/errors.ts';
import { approvalScreen, timeLeft, who } from './approval-screen.ts';
import { colors } from './colors.ts';
import { openConsole, type ConsoleClient } from './console-client.ts';
import type { ConsoleOptions } from './console-place.ts';
import { table } from './table.ts';
import type { LineWriter } from './terminal.ts';
import { terminalLine } from './terminal-text.ts';

export interface ListOptions extends ConsoleOptions {
  readonly state: string;
  readonly words?: string;
  readonly limit: string;
  readonly json?: boolean;
}

export interface ShowOptions extends ConsoleOptions {
  readonly json?: boolean;
}

export interface DecideOptions extends ConsoleOptions {
  readonly reason?: string;
  readonly minutes?: string;
  readonly scope?: string;
  readonly breakGlass?: boolean;
  /** The one that was shown before; what is there now is compared with it. */
  readonly digest?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const WORDS_COLUMNS = 60;

export async function listApprovals(options: ListOptions, write: LineWriter): Promise<void> {
  const { ask } = await openConsole(options);
  const query = new URLSearchParams({ limit: options.limit });
  if (options.state !== 'all') query.set('state', options.state);
  if (options.words !== undefined) query.set('words', options.words);
  const { approvals, next } = (await ask('GET', `/api/approvals?${query}`)) as ApprovalList;
  if (options.json === true) return write(asciiJson(approvals));
  if (approvals.length === 0)
    return write(options.state === 'pending' ? 'Nothing waits for you.' : 'There is none.');
  const rows = approvals.map((each) => [
    line(each.id),
    line(each.state),
    line(who(each)),
    line(each.upstream),
    cut(line(each.words)),
    `${each.agreed}/${each.needed}`,
    timeLeft(each),
    each.state !== 'pending' || each.mayDecide ? '' : line(each.mayNotBecause),
  ]);
  for (const each of table(['request', 'state', 'who', 'upstream', 'what', 'agree', 'left', 'not you'], rows))
    write(each);
  if (next !== null) write(`There are more: --limit ${Math.min(200, Number(options.limit) * 2)}`);
  if (process.stdout.isTTY && approvals.some(({ mayDecide }) => mayDecide)) {
    write(
      colors.dim('Read one whole with `approvals show REQUEST`, then `approvals approve` or `deny REQUEST`.'),
    );
  }
}

export async function showApproval(id: string, options: ShowOptions, write: LineWriter): Promise<void> {
  const client = await openConsole(options);
  const detail = await detailOf(client, id);
  if (options.json === true) return write(asciiJson(detail));
  for (const each of screenOf(detail)) write(each);
}

/** Rejects with the code of whatever was not decided. */
export async function decideApproval(
  verdict: ReviewVerdict,
  id: string,
  options: DecideOptions,
  write: LineWriter,
): Promise<void> {
  const grant = grantOf(options);
  if ((verdict === 'deny' || options.breakGlass === true) && (options.reason ?? '').trim() === '') {
    throw new GatehouseError('GH_REVIEW_REASON', `Say why: --reason TEXT`);
  }
  const client = await openConsole(options);
  const detail = await detailOf(client, id);
  if (options.digest !== undefined && options.digest !== detail.actionDigest) {
    throw new GatehouseError(
      'GH_REVIEW_DIGEST',
      'This is not what has that digest. Look at it: npm run gatehouse -- approvals show',
    );
  }
  if (options.yes !== true) await confirm(verdict, detail, options, write);
  const body: DecisionBody = {
    verdict,
    actionDigest: detail.actionDigest,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.breakGlass === true ? { breakGlass: true } : {}),
    ...(grant === undefined ? {} : { grant }),
  };
  const path = `/api/approvals/${encodeURIComponent(detail.id)}/decision`;
  const answer = (await client.ask('POST', path, body)) as DecisionAnswer;
  if (options.json === true) return write(asciiJson(answer));
  const { state, agreed, needed } = answer;
  write(
    state === 'pending'
      ? `Recorded: ${agreed} of ${needed} agree; it waits for others.`
      : `${verdict === 'approve' ? 'Approved' : 'Denied'}: ${line(detail.id)} is ${line(state)}.`,
  );
  if (answer.grant !== null && answer.grant !== undefined) {
    write(
      `Granted until ${new Date(answer.grant.expiresAtMs).toISOString().slice(0, 16)}Z: ${line(answer.grant.id)} (npm run gatehouse -- grants revoke)`,
    );
  } else if (grant !== undefined && state === 'approved') {
    write('No grant was given: everybody who approves it must name minutes.');
  }
}

/** Shows all of it and asks. Rejects with GH_REVIEW_NOT_CONFIRMED. */
async function confirm(
  verdict: ReviewVerdict,
  detail: ApprovalDetail,
  { breakGlass = false, minutes }: DecideOptions,
  write: LineWriter,
): Promise<void> {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    throw new GatehouseError(
      'GH_REVIEW_NOT_CONFIRMED',
      'This is not a terminal, so nobody can be asked. Look at it with approvals show, then say --yes --digest DIGEST.',
    );
  }
  for (const each of screenOf(detail)) write(each);
  write('');
  const what = verdict === 'deny' ? 'Deny' : breakGlass ? 'Approve ALONE, IN AN EMERGENCY,' : 'Approve';
  const grant = minutes === undefined ? '' : ` and its like for ${line(minutes)} minutes`;
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await asking.question(`${colors.bold(`${what} exactly this${grant}?`)} [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    asking.close();
  }
  throw new GatehouseError('GH_REVIEW_NOT_CONFIRMED', 'Nothing was decided.');
}

function grantOf({ minutes, scope }: DecideOptions): DecisionBody['grant'] {
  if (minutes === undefined && scope === undefined) return undefined;
  if (minutes === undefined || !/^[1-9][0-9]{0,3}$/.test(minutes)) {
    throw new GatehouseError(
      'GH_USAGE',
      '--minutes must be a whole number of minutes; --scope goes with it.',
    );
  }
  if (scope !== 'nothing' && scope !== 'literals') {
    throw new GatehouseError(
      'GH_USAGE',
      '--scope says what may vary: nothing (the very same again), or literals (other values in it).',
    );
  }
  return { minutes: Number(minutes), scope };
}

async function detailOf({ ask }: ConsoleClient, id: string): Promise<ApprovalDetail> {
  return (await ask('GET', `/api/approvals/${encodeURIComponent(id)}`)) as ApprovalDetail;
}

const screenOf = (detail: ApprovalDetail): readonly string[] => {
  const { isTTY, columns } = process.stdout;
  // A terminal that does not say how wide it is says 0.
  return approvalScreen(detail, isTTY && colors.isColorSupported, columns > 0 ? columns : COLUMNS_DEFAULT);
};
const COLUMNS_DEFAULT = 100;

const line = (text: string): string => terminalLine(text, false);
const cut = (text: string): string =>
  text.length <= WORDS_COLUMNS ? text : `${text.slice(0, WORDS_COLUMNS - 1)}\u2026`;

/** The same value in characters of ASCII: whoever pipes it to a terminal sees no more than escapes. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
