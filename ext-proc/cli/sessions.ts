/** `gatehouse sessions` and `gatehouse block`: who is connected, and ending that, within a second on every worker. */
import { openControl, operator, type Control } from '../compose-control.ts';
import { GatehouseError } from '../domain/errors.ts';
import { asSessionId } from '../domain/ids.ts';
import type { Log } from '../domain/log.ts';
import { findPlace, placeConfig } from './places.ts';
import { table } from './table.ts';
import type { LineWriter } from './terminal.ts';

export interface ControlOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** A failure that matters to the command is thrown; the rest is of no interest here. */
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

async function withControl<T>(options: ControlOptions, work: (control: Control) => T): Promise<T> {
  const control = openControl(await placeConfig(await findPlace(options.config)), silent);
  try {
    return work(control);
  } finally {
    control.close();
  }
}

export async function listSessions(options: ControlOptions, write: LineWriter): Promise<void> {
  const sessions = await withControl(options, (control) => control.listSessions());
  if (options.json === true) return write(JSON.stringify(sessions));
  if (sessions.length === 0) return write('No sessions.');
  const header = ['session', 'subject', 'for', 'upstream', 'database', 'client', 'since', 'worker'];
  const rows = sessions.map((session) => [
    session.sessionId,
    session.principalSubject,
    session.onBehalfOf,
    session.upstream,
    session.database,
    session.clientAddress,
    new Date(session.startedAtMs).toISOString().slice(0, 19).replace('T', ' '),
    session.worker,
  ]);
  for (const line of table(header, rows)) write(line);
}

/** Throws `GH_NO_SESSION` where one of the sessions is not live; the others are ended all the same. */
export async function killSessions(
  ids: readonly string[],
  options: ControlOptions,
  write: LineWriter,
): Promise<void> {
  const missing = await withControl(options, (control) =>
    ids.filter((id) => !control.kill(asSessionId(id), operator())),
  );
  for (const id of ids) if (!missing.includes(id)) write(`Session ${id} is being ended.`);
  if (missing.length > 0) {
    const text = `No live session: ${missing.join(', ')}. See: npm run gatehouse -- sessions list`;
    throw new GatehouseError('GH_NO_SESSION', text);
  }
}

export async function blockSubject(
  subject: string,
  options: ControlOptions,
  write: LineWriter,
): Promise<void> {
  await withControl(options, (control) => control.block(subject, operator()));
  write(`${subject} is blocked: its sessions end now, and nobody gets in as it or for it.`);
  write(`To let it in again: npm run gatehouse -- unblock ${subject}`);
}

/** Throws `GH_NOT_BLOCKED` where the subject was not. */
export async function unblockSubject(
  subject: string,
  options: ControlOptions,
  write: LineWriter,
): Promise<void> {
  if (!(await withControl(options, (control) => control.unblock(subject, operator())))) {
    throw new GatehouseError('GH_NOT_BLOCKED', `${subject} is not blocked. See: npm run gatehouse -- blocks`);
  }
  write(`${subject} may connect again.`);
}

export async function listBlocks(options: ControlOptions, write: LineWriter): Promise<void> {
  const blocks = await withControl(options, (control) => control.listBlocks());
  if (options.json === true) return write(JSON.stringify(blocks));
  if (blocks.length === 0) return write('Nobody is blocked.');
  for (const block of blocks) write(`${block.subject}  (by ${block.by})`);
}
