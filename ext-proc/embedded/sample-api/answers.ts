/** The forms that the sample API answers in: JSON, problems (RFC 9457), and content codings (RFC 9110 section 8.4). */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';

const CODINGS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gzipSync,
  br: (bytes) => brotliCompressSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
};
/** A smaller body is sent as it is. */
const CODED_BYTES_MIN = 1_024;

/** JSON with its length; coded with the first coding that the request accepts. */
export function json(
  request: Request,
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const plain = Buffer.from(`${JSON.stringify(value)}\n`);
  const coding = plain.length < CODED_BYTES_MIN ? undefined : acceptedCoding(request);
  const body = coding === undefined ? plain : (CODINGS[coding] as (bytes: Buffer) => Buffer)(plain);
  return new Response(body as Uint8Array<ArrayBuffer>, {
    status,
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      vary: 'accept-encoding',
      ...(coding === undefined ? {} : { 'content-encoding': coding }),
      ...headers,
    },
  });
}

/** Weights are not compared, but one of 0 is a refusal. */
function acceptedCoding(request: Request): string | undefined {
  return (request.headers.get('accept-encoding') ?? '')
    .split(',')
    .map((item) => item.trim().toLowerCase())
    .filter((item) => !/;\s*q=0(\.0*)?$/.test(item))
    .map((item) => item.replace(/\s*;.*$/, ''))
    .find((name) => Object.hasOwn(CODINGS, name));
}

/** RFC 9457. */
export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  const body = `${JSON.stringify({ title, status, detail })}\n`;
  return new Response(body, {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
  });
}

export const notFound = (what: string): Response => problem(404, 'Not Found', `There is no ${what}.`);
