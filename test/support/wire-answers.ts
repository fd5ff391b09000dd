/** What messages of a server's say, for tests that read them off the wire. */
import { decodeErrorFields } from '../../ext-proc/protocols/postgres/backend.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import type { WireMessage } from './postgres-wire-client.ts';

/** Of an error or a notice, by their letters. */
export function fieldsOf(message: WireMessage | undefined): ReadonlyMap<string, string> {
  const decoded = message === undefined ? undefined : decodeErrorFields(message.wire);
  return decoded?.ok === true ? decoded.fields : new Map();
}

export const only = (messages: readonly WireMessage[], type: number): WireMessage[] =>
  messages.filter((each) => each.type === type);

export const errorOf = (messages: readonly WireMessage[]): ReadonlyMap<string, string> =>
  fieldsOf(only(messages, BACKEND.ErrorResponse)[0]);

/** SQLSTATE and the gate's code, for short: `42501 GH_APPROVAL_DENIED`. */
export function refusalOf(messages: readonly WireMessage[]): string {
  const fields = errorOf(messages);
  return `${fields.get('C') ?? 'none'} ${/GH_[A-Z_]+/.exec(fields.get('D') ?? '')?.[0] ?? ''}`.trim();
}

export const tagsOf = (messages: readonly WireMessage[]): string[] =>
  only(messages, BACKEND.CommandComplete).map(({ wire }) => wire.toString('latin1', 5).replace('\0', ''));

/** Of the last ReadyForQuery: I, T or E. */
export const stateOf = (messages: readonly WireMessage[]): string | undefined =>
  only(messages, BACKEND.ReadyForQuery).at(-1)?.wire.toString('latin1', 5);

/** Rows of one column, as text. */
export const columnOf = (messages: readonly WireMessage[]): string[] =>
  only(messages, BACKEND.DataRow).map(({ wire }) => wire.subarray(11).toString());
