/** `gatehouse grants`: what is approved for a while, and ending that at once. */
import type { GrantList } from '../console/api.ts';
import { asciiJson } from './approvals.ts';
import { openConsole } from './console-client.ts';
import type { ConsoleOptions } from './console-place.ts';
import { table } from './table.ts';
import type { LineWriter } from './terminal.ts';
import { terminalLine } from './terminal-text.ts';

const line = (text: string): string => terminalLine(text, false);

export async function listGrants(
  options: ConsoleOptions & { readonly json?: boolean },
  write: LineWriter,
): Promise<void> {
  const { ask } = await openConsole(options);
  const { grants } = (await ask('GET', '/api/grants')) as GrantList;
  if (options.json === true) return write(asciiJson(grants));
  if (grants.length === 0) return write('Nothing is approved for a while.');
  const rows = grants.map((each) => [
    line(each.id),
    line(each.requester),
    line(each.upstream),
    line(each.rule),
    line(each.scope),
    line(each.words),
    String(each.uses),
    each.revokedBy === null
      ? `until ${new Date(each.expiresAtMs).toISOString().slice(0, 16).replace('T', ' ')}`
      : `revoked by ${line(each.revokedBy)}`,
    each.reviewers.map(line).join(', '),
  ]);
  const header = ['grant', 'who', 'upstream', 'rule', 'may vary', 'what', 'uses', 'good', 'given by'];
  for (const each of table(header, rows)) write(each);
}

export async function revokeGrants(
  ids: readonly string[],
  options: ConsoleOptions,
  write: LineWriter,
): Promise<void> {
  const { ask } = await openConsole(options);
  for (const id of ids) {
    await ask('DELETE', `/api/grants/${encodeURIComponent(id)}`);
    write(`Revoked: ${line(id)}`);
  }
}
