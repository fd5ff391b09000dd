/**
 * Headers that repeat the body (2026-07-28, Streamable HTTP, Request Metadata): `Mcp-Method` and `Mcp-Name`, and the
 * form in which a value stands in a header that cannot stand there as it is. Values are compared exactly.
 */
import { isUtf8 } from 'node:buffer';
import type { JsonObject } from './json-rpc.ts';
import { memberOf } from './json-rpc.ts';
import { methodOf } from './methods.ts';

const PREFIX = '=?base64?';
const SUFFIX = '?=';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The value that a header stands for; undefined where it only looks like the Base64 form (Value Encoding). */
export function decodeHeaderValue(header: string): string | undefined {
  if (!header.startsWith(PREFIX) || !header.endsWith(SUFFIX)) return header;
  if (header.length < PREFIX.length + SUFFIX.length) return undefined;
  const encoded = header.slice(PREFIX.length, -SUFFIX.length);
  if (!BASE64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  // A second spelling of the same bytes would be read otherwise by another decoder.
  if (bytes.toString('base64') !== encoded || !isUtf8(bytes)) return undefined;
  return bytes.toString('utf8');
}

/** A value as it stands in a header (Value Encoding). */
export function encodeHeaderValue(value: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(value);
  if (isPlain && !(value.startsWith(PREFIX) && value.endsWith(SUFFIX))) return value;
  return `${PREFIX}${Buffer.from(value, 'utf8').toString('base64')}${SUFFIX}`;
}

/**
 * What is wrong with the headers of a request or notification, in words for the client; undefined where they say what
 * the body says. `required`: 2026-07-28's rule that they must be there, on requests.
 */
export function headerMismatch(
  method: string,
  params: JsonObject,
  headers: ReadonlyMap<string, string>,
  required: boolean,
): string | undefined {
  const methodHeader = headers.get('mcp-method');
  if (methodHeader === undefined ? required : methodHeader !== method) {
    return methodHeader === undefined
      ? 'the header Mcp-Method is missing'
      : 'the header Mcp-Method names another method than the body';
  }
  const known = methodOf(method);
  const nameHeader = headers.get('mcp-name');
  if (nameHeader === undefined) {
    return required && known?.nameRequired === true ? 'the header Mcp-Name is missing' : undefined;
  }
  // An extension may say for its own methods what the header repeats there.
  if (known === undefined) return undefined;
  if (known.nameSource === undefined) return 'the header Mcp-Name stands where the body names nothing';
  const name = decodeHeaderValue(nameHeader);
  if (name === undefined) return 'the header Mcp-Name is not in the Base64 form that it seems to be in';
  return name === memberOf(params, known.nameSource)
    ? undefined
    : `the header Mcp-Name is not the body's params.${known.nameSource}`;
}
