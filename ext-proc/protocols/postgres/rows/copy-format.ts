/**
 * How COPY writes its records: read from the options of the parse tree, as copy.c's ProcessCopyOptions reads them.
 * Refuses what makes it uncertain where a value ends, and what it does not know.
 * Specification: PostgreSQL 18, "COPY"; the tree is libpg_query's CopyStmt.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import { byteStringOfText } from '../../../masking/byte-string.ts';
import { bodyOf, listOf, nodeOf, stringOf, textOf } from '../sql/ast.ts';

export type CopyFormat =
  | {
      readonly kind: 'text';
      /** Bytes. */
      readonly delimiter: number;
      readonly nullText: ByteString;
      /** The first record has the columns' names. */
      readonly header: boolean;
    }
  | {
      readonly kind: 'csv';
      readonly delimiter: number;
      readonly quote: number;
      readonly escape: number;
      readonly nullText: ByteString;
      readonly header: boolean;
    }
  | { readonly kind: 'binary' };

export type CopyFormatResult =
  | { readonly ok: true; readonly format: CopyFormat }
  | { readonly ok: false; readonly code: 'GH_PG_MASK_COPY' };

const REFUSED: CopyFormatResult = Object.freeze({ ok: false, code: 'GH_PG_MASK_COPY' });

/**
 * Client encodings in which every byte of a character beyond ASCII is itself beyond ASCII. In the others (SJIS, BIG5,
 * GBK, UHC, GB18030, JOHAB) a backslash or a quote may be half of a character. Names as pg_char_to_encoding takes
 * them, without all but letters and digits.
 */
const PLAIN_ENCODING =
  /^(?:utf8|unicode|sqlascii|latin(?:[1-9]|10)|iso8859(?:[1-9]|1[0-6])|win(?:866|874|125[0-8])|windows(?:866|874|125[0-8])|koi8[ru]?|alt|abc|tcvn5712|vscii|euc(?:jp|cn|kr|tw|jis2004))$/;
const UTF8 = /^(?:utf8|unicode)$/;

const TAB = 0x09;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = '\\';
const LINE_ENDS = new Set([0x0a, 0x0d]);
const NULL_BYTES_MAX = 1_000;
/** As in ProcessCopyOptions: what an escape could begin or be. */
const TEXT_DELIMITERS_REFUSED = '\\.abcdefghijklmnopqrstuvwxyz0123456789\r\n';
/** They change nothing of what COPY TO writes. */
const WITHOUT_EFFECT = new Set([
  'force_quote',
  'force_not_null',
  'force_null',
  'freeze',
  'on_error',
  'log_verbosity',
  'reject_limit',
  'convert_selectively',
]);
const TRUE = new Set(['true', 'on', '1']);
const FALSE = new Set(['false', 'off', '0']);

/** Whether a text in this client encoding can be cut at ASCII characters. */
export function isPlainEncoding(name: string): boolean {
  return PLAIN_ENCODING.test(encodingKey(name));
}

const encodingKey = (name: string): string => name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

/** The options that matter by their names, as texts: what a parser's thread passes on instead of its tree. */
export type CopyOptions = Readonly<Record<string, string>>;

/** `options` is CopyStmt.options; undefined where one of them cannot be read, or comes twice. */
export function copyOptionsOf(options: unknown): CopyOptions | undefined {
  const given = Object.create(null) as Record<string, string>;
  for (const entry of listOf(options)) {
    const option = bodyOf(entry, 'DefElem') ?? {};
    const name = textOf(option['defname']) ?? '';
    if (WITHOUT_EFFECT.has(name)) continue;
    const value = optionText(option['arg']);
    if (value === undefined || Object.hasOwn(given, name)) return undefined;
    given[name] = value;
  }
  return given;
}

/** `clientEncoding` is what the server reports. */
export function copyFormatOf(options: CopyOptions | undefined, clientEncoding: string): CopyFormatResult {
  if (options === undefined) return REFUSED;
  const given = new Map(Object.entries(options));
  const kind = given.get('format') ?? 'text';
  given.delete('format');
  if (kind === 'binary') {
    given.delete('encoding');
    return given.size === 0 ? { ok: true, format: { kind } } : REFUSED;
  }
  if (kind !== 'text' && kind !== 'csv') return REFUSED;
  const encoding = encodingKey(given.get('encoding') ?? clientEncoding);
  const header = headerOf(given.get('header') ?? 'false');
  const delimiter = byteOf(given.get('delimiter'), kind === 'text' ? TAB : COMMA);
  const quote = byteOf(given.get('quote'), QUOTE);
  const escape = byteOf(given.get('escape'), quote ?? QUOTE);
  const nullText = byteStringOfText(given.get('null') ?? (kind === 'text' ? '\\N' : ''));
  for (const name of ['encoding', 'header', 'delimiter', 'null']) given.delete(name);
  if (kind === 'csv') for (const name of ['quote', 'escape']) given.delete(name);
  if (given.size > 0 || !PLAIN_ENCODING.test(encoding) || header === undefined) return REFUSED;
  if (delimiter === undefined || quote === undefined || escape === undefined) return REFUSED;
  if (!fits(nullText, delimiter, UTF8.test(encoding))) return REFUSED;
  if (kind === 'text') {
    if (TEXT_DELIMITERS_REFUSED.includes(String.fromCharCode(delimiter))) return REFUSED;
    // A backslash takes the next byte with it: only that of \N can be told from one that escapes.
    if (nullText !== '\\N' && nullText.includes(BACKSLASH)) return REFUSED;
    return { ok: true, format: { kind, delimiter, nullText, header } };
  }
  if (delimiter === quote || nullText.includes(String.fromCharCode(quote))) return REFUSED;
  for (const byte of [delimiter, quote, escape]) if (LINE_ENDS.has(byte)) return REFUSED;
  return { ok: true, format: { kind, delimiter, quote, escape, nullText, header } };
}

function fits(nullText: ByteString, delimiter: number, utf8: boolean): boolean {
  return (
    nullText.length <= NULL_BYTES_MAX &&
    !/[\r\n]/.test(nullText) &&
    !nullText.includes(String.fromCharCode(delimiter)) &&
    (utf8 || /^[\x00-\x7f]*$/.test(nullText))
  );
}

/** One ASCII byte. */
function byteOf(text: string | undefined, otherwise: number): number | undefined {
  if (text === undefined) return otherwise;
  const code = text.charCodeAt(0);
  return text.length === 1 && code > 0 && code < 0x80 ? code : undefined;
}

/** `match` is for COPY FROM, and a number above 1 for later servers. */
function headerOf(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
}

/** The text of an option's value, as defGetString gives it; an option without one is on. */
function optionText(arg: unknown): string | undefined {
  const node = nodeOf(arg);
  if (node === undefined) return arg === undefined ? 'true' : undefined;
  switch (node.kind) {
    case 'String':
      return stringOf(arg);
    case 'Integer':
      return String(node.body['ival'] ?? 0);
    case 'Float':
      return textOf(node.body['fval']);
    case 'Boolean':
      return String(node.body['boolval'] === true);
    default:
      return undefined;
  }
}
