/**
 * Masks what a server says in words: errors, notices, notifications, and parameters of the session. Where a statement
 * touches marked columns the words of its errors and notices are withheld, since they print values (`card::int`, a
 * unique key's detail); what names the error and the objects stays. Other texts are looked at by the detectors.
 * Specification: PostgreSQL 18, "Error and Notice Message Fields", "Message Formats".
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { Masker } from '../../../masking/masker.ts';
import { fullToken } from '../../../masking/styles/full.ts';
import { TEXT_TARGET } from '../../../masking/value-shape.ts';
import type { MaskCounts } from './mask-counts.ts';
import { isServersOwn, publicSqlstate, withheldMessage } from './withheld-error.ts';

const HEADER_BYTES = 5;
const WORD = 4;

export interface TextMasking {
  readonly masker: Masker;
  readonly counts: MaskCounts;
}

interface Field {
  readonly code: string;
  readonly text: ByteString;
}

/** Severity, SQLSTATE, place in the statement, place in the server's source. */
const ALWAYS_KEPT = new Set(['S', 'V', 'C', 'P', 'F', 'L', 'R']);
/** What nobody can tell the origin of. */
const UNKNOWN = 'unknown';
/** Names of schema, table, column, type and constraint. */
const NAMES = new Set(['s', 't', 'c', 'd', 'n']);

/**
 * An ErrorResponse or NoticeResponse as it may go on. `withhold`: the statement touches marked columns, or nobody can
 * tell. Undefined where the message cannot be read.
 */
export function maskErrorMessage(wire: Buffer, masking: TextMasking, withhold: boolean): Buffer | undefined {
  const fields = fieldsOf(wire);
  if (fields === undefined) return undefined;
  const masked = withhold ? withheld(fields) : scanned(fields, masking);
  if (masked === fields) return wire;
  const body = masked.map(({ code, text }) => `${code}${text}\0`).join('');
  return message(wire[0] as number, `${body}\0`);
}

function fieldsOf(wire: Buffer): Field[] | undefined {
  const fields: Field[] = [];
  for (let at = HEADER_BYTES; at < wire.length;) {
    if (wire[at] === 0) return at === wire.length - 1 ? fields : undefined;
    const end = wire.indexOf(0, at);
    if (end < 0) return undefined;
    fields.push({ code: wire.toString('latin1', at, at + 1), text: wire.toString('latin1', at + 1, end) });
    at = end + 1;
  }
  return undefined;
}

function withheld(fields: readonly Field[]): Field[] {
  const valueOf = (code: string): string => fields.findLast((field) => field.code === code)?.text ?? '';
  const origin = { file: valueOf('F'), routine: valueOf('R') };
  const sqlstate = publicSqlstate(valueOf('C'), origin);
  const kept: Field[] = [];
  for (const field of fields) {
    if (field.code === 'C') kept.push({ code: 'C', text: sqlstate });
    else if (field.code === 'M') kept.push({ code: 'M', text: withheldMessage(sqlstate) });
    else if (ALWAYS_KEPT.has(field.code)) kept.push(field);
    // A function may put anything into the fields for names; the server's own checks put names.
    else if (NAMES.has(field.code) && isServersOwn(origin)) kept.push(field);
  }
  return kept;
}

/** The same list where nothing was found. */
function scanned(fields: readonly Field[], masking: TextMasking): readonly Field[] {
  let changed = false;
  const masked = fields.map((field) => {
    if (ALWAYS_KEPT.has(field.code)) return field;
    const text = maskedText(field.text, masking);
    if (text === field.text) return field;
    changed = true;
    return { code: field.code, text };
  });
  return changed ? masked : fields;
}

function maskedText(text: ByteString, { masker, counts }: TextMasking): ByteString {
  const outcome = masker.maskFound(text, TEXT_TARGET);
  if (outcome.kind === 'unchanged') return text;
  counts.addAll(outcome.kinds, '');
  return outcome.kind === 'replaced' && !outcome.text.includes('\0') ? outcome.text : '';
}

/** NotificationResponse: its channel and payload are what a session said. Undefined where it cannot be read. */
export function maskNotification(wire: Buffer, masking: TextMasking): Buffer | undefined {
  return maskTexts(wire, HEADER_BYTES + WORD, masking);
}

/**
 * A NotificationResponse without its payload, which triggers make of whole rows. Undefined where it cannot be read.
 */
export function withholdNotification(wire: Buffer, { masker, counts }: TextMasking): Buffer | undefined {
  const start = HEADER_BYTES + WORD;
  const channel = wire.indexOf(0, start);
  const end = channel < 0 ? -1 : wire.indexOf(0, channel + 1);
  if (end !== wire.length - 1) return undefined;
  const payload = wire.toString('latin1', channel + 1, end);
  if (payload !== '') counts.add(UNKNOWN, '');
  const kept = payload === '' ? '' : fullToken(UNKNOWN);
  const bare = message(wire[0] as number, `${wire.toString('latin1', HEADER_BYTES, channel + 1)}${kept}\0`);
  return maskNotification(bare, { masker, counts });
}

/** ParameterStatus: `application_name` and the like hold whatever a statement has set. */
export function maskParameterStatus(wire: Buffer, masking: TextMasking): Buffer | undefined {
  return maskTexts(wire, HEADER_BYTES, masking);
}

/** A message that ends in two texts, which begin at `start`. */
function maskTexts(wire: Buffer, start: number, masking: TextMasking): Buffer | undefined {
  const first = wire.indexOf(0, start);
  const second = first < 0 ? -1 : wire.indexOf(0, first + 1);
  if (second !== wire.length - 1) return undefined;
  const texts = [wire.toString('latin1', start, first), wire.toString('latin1', first + 1, second)];
  const masked = texts.map((text) => maskedText(text, masking));
  if (masked.every((text, index) => text === texts[index])) return wire;
  const fixed = wire.toString('latin1', HEADER_BYTES, start);
  return message(wire[0] as number, `${fixed}${masked.map((text) => `${text}\0`).join('')}`);
}

function message(type: number, body: ByteString): Buffer {
  const wire = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  wire[0] = type;
  wire.writeUInt32BE(WORD + body.length, 1);
  wire.write(body, HEADER_BYTES, 'latin1');
  return wire;
}
