import { describe, expect, it } from 'vitest';
import { GatehouseError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { graphqlGuard } from './graphql-guard.ts';
import { testMasking } from './http-gate.fixture.ts';
import type { ReadBody } from './request-body.ts';

type Kind = ReadBody['kind'];

/** The code with which it breaks off, however it is cut. */
function look(kind: Kind, body: Buffer | string, contentType?: string): string | undefined {
  const bytes = Buffer.from(body);
  const sizes = bytes.length > 10_000 ? [16_384, bytes.length] : [1, 7, bytes.length];
  const codes = sizes.map((size) => lookInPieces(kind, bytes, size, contentType));
  expect(new Set(codes).size).toBe(1);
  return codes[0];
}

function lookInPieces(kind: Kind, bytes: Buffer, size: number, contentType?: string): string | undefined {
  const body: ReadBody = {
    ok: true,
    policy: { kind: 'text', complete: false, bytes: null },
    kind,
    bytes: undefined,
    graphql: false,
  };
  const guard = graphqlGuard(body, contentType, testMasking.maskerWithout(['*']));
  try {
    for (let at = 0; at < bytes.length; at += size)
      guard?.look(bytes.subarray(at, at + size), at + size >= bytes.length);
    return undefined;
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    return error.code;
  }
}

const QUERY = '"query":"mutation { deleteAll }"';
const LOOSE: readonly Kind[] = ['ndjson', 'text', 'sse', undefined];

describe('GraphQL in a body that is not declared to be JSON', () => {
  it.each([
    `{${QUERY}}`,
    `\ufeff\n[[{"a":[{}]},{${QUERY}`,
    `{"a":NaN,${QUERY}}`,
    `{"a":1,,${QUERY}}`,
    `{"a":"\t\n",${QUERY}}`,
    `{"a":'x',${QUERY}}`,
    `{"a":"\\"\\\\",${QUERY}}`,
    `{"${'x'.repeat(70_000)}":${'1'.repeat(70_000)},${QUERY}}`,
    `{"a":${'['.repeat(600)}${']'.repeat(600)},${QUERY}}`,
    '{"\\u0071\\u0075\\u0065\\u0072\\u0059" : "\\u007ba}"}',
    `\x1e{${QUERY}}`,
    '{"query":"a text","query":"{ a }"}',
    `{"query":"${'#'.repeat(LIMITS.bodyStringBytesMax)}\\n{ a }"}`,
    `{"query":"query Q { ${'a '.repeat(LIMITS.bodyStringBytesMax)}}"}`,
    `{"query":"\\"\\"\\"${'a '.repeat(LIMITS.bodyStringBytesMax)}\\"\\"\\" { a }"}`,
  ])('is seen in its first text: %#', (body) => {
    for (const kind of LOOSE) expect(look(kind, body)).toBe('GH_HTTP_GRAPHQL');
  });

  it.each([
    `{"ts":1}\n{"ts":2,${QUERY}}\n`,
    `{"a":NaN}\n{${QUERY}}`,
    `{"a":1} {"b":2}\n`,
    `{"a":{${QUERY}}}`,
    `[{"a":[{${QUERY}}]}]`,
    `{"a":"{${QUERY.replaceAll('"', '\\"')}}"}`,
    `[section]\n{${QUERY}}`,
    `{"query":{"query":"{ a }"}}`,
    `{"a":"query","b":"{ a }"}`,
    `["query","{ a }"]`,
    `{"${'x'.repeat(70_000)}":1}`,
    `{"query${' '.repeat(70_000)}":"{ a }"}`,
    '['.repeat(600),
    `{"query":"${'word '.repeat(300_000)}"}`,
    `{"query":"${'A'.repeat(1_100_000)}"}`,
    `{"query":"# a note\\n${'word '.repeat(300_000)}"}`,
  ])('is not seen where no server reads it, whatever else is there: %#', (body) => {
    for (const kind of LOOSE) expect(look(kind, body)).toBeUndefined();
  });

  it('is seen in multipart, in its parts and where it is none', () => {
    const type = 'Multipart/Form-Data; boundary=b';
    const part = `--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{${QUERY}}\r\n--b--\r\n`;
    for (const body of [part, `{${QUERY}}`]) expect(look(undefined, body, type)).toBe('GH_HTTP_GRAPHQL');
    expect(look(undefined, part, 'application/octet-stream')).toBeUndefined();
  });

  it('is not looked for behind the first text', () => {
    const lines = Buffer.from(`{"a":1}\n${`{${QUERY}}\n`.repeat(100_000)}`);
    expect(look('ndjson', lines)).toBeUndefined();
  });
});

describe('JSON in another encoding', () => {
  const wide = (text: string, width: 2 | 4, big: boolean): Buffer => {
    const bytes = Buffer.alloc(text.length * width);
    for (const [index, sign] of [...text].entries()) bytes.writeUInt16LE(sign.charCodeAt(0), index * width);
    if (!big) return bytes;
    return width === 2 ? bytes.swap16() : bytes.swap32();
  };

  it.each([2, 4] as const)('of %i bytes a sign is refused, with a mark or without one', (width) => {
    for (const big of [false, true]) {
      for (const text of [
        `{${QUERY}}`,
        `\ufeff{${QUERY}}`,
        ` \r\n[{${QUERY}}]`,
        `\ufeff ${' '.repeat(99)}[\n`,
      ])
        for (const kind of LOOSE) expect(look(kind, wide(text, width, big))).toBe('GH_HTTP_BODY_MALFORMED');
    }
  });

  it('is not what a text in it is, or a binary that begins with a number', () => {
    for (const big of [false, true]) {
      expect(look('text', wide('\ufeffName;Amount\r\n', 2, big))).toBeUndefined();
    }
    const length = Buffer.from([0x5b, 0, 0, 0, 2, 0x61, 0, 1, 0, 0]);
    expect(look(undefined, length)).toBeUndefined();
    expect(look(undefined, Buffer.from([0, 0, 0, 0x5b, 0x66, 0x74, 0x79, 0x70]))).toBeUndefined();
    expect(look(undefined, Buffer.from([0x7b, 0, 0xff, 0, 0, 0, 0, 0, 0]))).toBeUndefined();
  });
});
