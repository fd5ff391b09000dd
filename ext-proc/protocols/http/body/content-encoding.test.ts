import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BodyDecoder, contentCodings, type ContentCoding } from './content-encoding.ts';

const TEXT = Buffer.from('some text, and some more of it. '.repeat(400));

async function decoded(
  codings: readonly ContentCoding[],
  bytes: Buffer,
  step = bytes.length,
): Promise<Buffer> {
  const decoder = new BodyDecoder(codings);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step)
    out.push(...(await decoder.push(bytes.subarray(at, at + step))));
  return Buffer.concat([...out, ...(await decoder.end())]);
}

test.each([
  [undefined, []],
  ['', []],
  ['gzip', ['gzip']],
  [' X-GZIP ', ['gzip']],
  ['identity, deflate', ['deflate']],
  ['deflate, gzip', ['deflate', 'gzip']],
  ['gzip,gzip,gzip', undefined],
  ['br', undefined],
  ['gzip, zstd', undefined],
  ['constructor', undefined],
])('reads Content-Encoding %s', (field, codings) => {
  expect(contentCodings(field)).toEqual(codings);
});

test.each([
  ['gzip', ['gzip'], gzipSync(TEXT)],
  ["deflate in zlib's form", ['deflate'], deflateSync(TEXT)],
  ['bare deflate', ['deflate'], deflateRawSync(TEXT)],
  ['gzip in gzip', ['gzip', 'gzip'], gzipSync(gzipSync(TEXT))],
  ['deflate in gzip', ['deflate', 'gzip'], gzipSync(deflateSync(TEXT))],
  ['no coding', [], TEXT],
] as const)('decodes %s however it is cut', async (_, codings, bytes) => {
  for (const step of [bytes.length, 1, 7]) expect(await decoded(codings, bytes, step)).toEqual(TEXT);
});

test('an empty body is one in any coding', async () => {
  expect(await decoded(['gzip'], Buffer.alloc(0), 1)).toEqual(Buffer.alloc(0));
});

const GZIP = gzipSync(TEXT);

test.each([
  ['ends too early', 'gzip', GZIP.subarray(0, -9)],
  ['ends within its check', 'gzip', GZIP.subarray(0, -1)],
  ['is one byte', 'deflate', deflateSync(TEXT).subarray(0, 1)],
  ['is followed by other bytes', 'gzip', Buffer.concat([GZIP, Buffer.from('x')])],
  ['is followed by zeros', 'gzip', Buffer.concat([GZIP, Buffer.alloc(8)])],
  ['is followed by another member', 'gzip', Buffer.concat([GZIP, GZIP])],
  ['is followed by other bytes', 'deflate', Buffer.concat([deflateRawSync(TEXT), Buffer.from('x')])],
  ['has a wrong check', 'gzip', Buffer.concat([GZIP.subarray(0, -8), Buffer.alloc(8)])],
  ['is no gzip', 'gzip', TEXT],
] as const)('refuses a body that %s (%s)', async (_, coding, bytes) => {
  for (const step of [bytes.length, 1])
    await expect(decoded([coding], bytes, step)).rejects.toMatchObject({ code: 'GH_HTTP_BODY_ENCODING' });
});

test('refuses what expands beyond all measure, once it does', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1_048_576));
  await expect(decoded(['gzip'], bomb)).rejects.toMatchObject({ code: 'GH_HTTP_BODY_EXPANDS' });
  await expect(decoded(['gzip', 'gzip'], gzipSync(bomb))).rejects.toMatchObject({
    code: 'GH_HTTP_BODY_EXPANDS',
  });
});

test('takes nothing more after a refusal', async () => {
  const decoder = new BodyDecoder(['gzip']);
  await expect(decoder.push(Buffer.from('not gzip'))).rejects.toMatchObject({
    code: 'GH_HTTP_BODY_ENCODING',
  });
  await expect(decoder.push(GZIP)).rejects.toMatchObject({ code: 'GH_HTTP_BODY_ENCODING' });
  await expect(decoder.end()).rejects.toMatchObject({ code: 'GH_HTTP_BODY_ENCODING' });
});

test('ends where it is destroyed', async () => {
  const decoder = new BodyDecoder(['gzip']);
  await decoder.push(GZIP.subarray(0, 20));
  decoder.destroy();
  await expect(decoder.push(GZIP.subarray(20))).rejects.toMatchObject({ code: 'GH_HTTP_BODY_ENCODING' });
});

test('a long field takes no time', () => {
  const started = performance.now();
  expect(contentCodings(`gzip${' '.repeat(58_000)}x`)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(500);
});
