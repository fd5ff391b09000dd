/**
 * Ends of a handshake that a client may hear of. Owns what is said and what is not: nothing where the client itself
 * broke the handshake, because nobody knows who is listening then.
 */
import { GatehouseError } from '../../domain/errors.ts';
import type { Refusal } from './denial.ts';

/** An end of the handshake that the client is told as FATAL; `sqlstate` says how. */
export class HandshakeRefusal extends GatehouseError {
  readonly sqlstate: string;
  constructor(code: string, sqlstate: string, publicMessage: string) {
    super(code, publicMessage);
    this.sqlstate = sqlstate;
  }
}

/** One whose record is written already. */
export class RecordedRefusal extends HandshakeRefusal {}

/** What the client is told of whatever ended its handshake; undefined where it is told nothing. */
export function toldAbout(error: unknown): Refusal | undefined {
  if (error instanceof HandshakeRefusal) return error;
  if (!(error instanceof GatehouseError)) return undefined;
  const sqlstate = TOLD_SQLSTATE[error.code] ?? (error.code.startsWith('GH_UPSTREAM') ? '08006' : undefined);
  return sqlstate === undefined
    ? undefined
    : { code: error.code, sqlstate, publicMessage: error.publicMessage };
}

const TOLD_SQLSTATE: Readonly<Record<string, string>> = {
  GH_JOURNAL_UNAVAILABLE: '58030',
  GH_CREDENTIAL_UNAVAILABLE: '58000',
  GH_STATE_UNAVAILABLE: '58000',
};
