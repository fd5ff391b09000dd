/**
 * A document to download: a PDF of some megabytes, the same on every machine, with the fields that a download may be
 * continued and checked by (RFC 9110 sections 8.8.3 and 14; RFC 9530 and, before it, RFC 3230).
 */
import { createHash } from 'node:crypto';

import type { Person } from '../sample-data.ts';
import { problem } from './answers.ts';
import { askedRange } from './byte-range.ts';

const PICTURE_SIDE_PIXELS = 1_024;
const LINES_MAX = 40;

export interface Report {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly sha256: string;
}

/** One page: a line for each person, card included, above a grey picture that is there for its size. */
export function makeReport(people: readonly Person[]): Report {
  const lines = people.slice(0, LINES_MAX).map(({ name, card }) => `(${name}, card ${card}) Tj T*`);
  const text = Buffer.from(`BT /F1 9 Tf 12 TL 40 800 Td (Customers) Tj T*\n${lines.join('\n')}\nET\n`);
  const picture = noise(3 * PICTURE_SIDE_PIXELS * PICTURE_SIDE_PIXELS);
  const stream = (dictionary: string, content: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`<<${dictionary} /Length ${content.length}>>\nstream\n`),
      content,
      Buffer.from('\nendstream'),
    ]);
  const image = `/Type /XObject /Subtype /Image /Width ${PICTURE_SIDE_PIXELS} /Height ${PICTURE_SIDE_PIXELS} /ColorSpace /DeviceRGB /BitsPerComponent 8`;
  const bytes = pdf([
    Buffer.from('<</Type /Catalog /Pages 2 0 R>>'),
    Buffer.from('<</Type /Pages /Kids [3 0 R] /Count 1>>'),
    Buffer.from(
      '<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>> /XObject <</P 6 0 R>>>>>>',
    ),
    stream('', text),
    Buffer.from('<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>'),
    stream(image, picture),
  ]);
  const digest = createHash('sha256').update(bytes).digest();
  return { bytes, etag: `"${digest.toString('hex').slice(0, 32)}"`, sha256: digest.toString('base64') };
}

/** The whole or one range of it; 304 or 416 where that is the answer. */
export function reportAnswer(request: Request, report: Report): Response {
  const { bytes, etag, sha256 } = report;
  const headers: Record<string, string> = {
    'content-type': 'application/pdf',
    'content-disposition': 'attachment; filename="report.pdf"',
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=0',
    etag,
    digest: `sha-256=${sha256}`,
    'repr-digest': `sha-256=:${sha256}:`,
  };
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  // A part of another state than the client has would not fit: it gets the whole.
  const ifRange = request.headers.get('if-range');
  const asked = ifRange === null || ifRange === etag ? request.headers.get('range') : null;
  const range = askedRange(asked, bytes.length);
  if (range.kind === 'unsatisfiable') {
    return problem(416, 'Range Not Satisfiable', `The document has ${bytes.length} bytes.`, {
      'content-range': `bytes */${bytes.length}`,
    });
  }
  const { first, last } = range.kind === 'part' ? range : { first: 0, last: bytes.length - 1 };
  const part = bytes.subarray(first, last + 1);
  return new Response(part as Uint8Array<ArrayBuffer>, {
    status: range.kind === 'part' ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(part.length),
      ...(range.kind === 'part' ? { 'content-range': `bytes ${first}-${last}/${bytes.length}` } : {}),
    },
  });
}

/** ISO 32000-1 section 7.5: header, numbered objects, where each begins, and where that is said. */
function pdf(objects: readonly Buffer[]): Buffer {
  const parts = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  let offset = parts[0]!.length;
  for (const [index, object] of objects.entries()) {
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    offsets.push(offset);
    offset += part.length;
    parts.push(part);
  }
  const entries = offsets.map((each) => `${String(each).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}trailer\n<</Size ${objects.length + 1} /Root 1 0 R>>\nstartxref\n${offset}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** Bytes that do not compress (xorshift32). */
function noise(length: number): Buffer {
  const words = new Uint32Array(length / 4);
  let state = 0x6a7e_0004;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer);
}
