/**
 * Whether a body still holds a value in any writing that a reader could undo: it takes off one form after another, and
 * of digits everything that stands between them.
 */
import { gunzipSync } from 'node:zlib';

const DEPTH_MAX = 4;

export function holds(body: Buffer, planted: string, depth = 0): boolean {
  const text = body.toString('utf8');
  if (includes(text, planted)) return true;
  if (depth === DEPTH_MAX) return false;
  return readings(body, text).some((reading) => holds(reading, planted, depth + 1));
}

function includes(text: string, planted: string): boolean {
  const normal = text.normalize('NFKC');
  if (normal.toLowerCase().includes(planted.toLowerCase())) return true;
  return /^[0-9]+$/.test(planted) && normal.replaceAll(/[^0-9]/g, '').includes(planted);
}

function readings(body: Buffer, text: string): Buffer[] {
  const changed = [
    text
      .replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      .replaceAll(/\\(.)/g, '$1'),
    text
      .replaceAll('+', ' ')
      .replaceAll(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    text.replaceAll(/&#([0-9]+);/g, (_, code: string) => String.fromCodePoint(Number(code))),
    text.replaceAll(/^data: ?/gm, ''),
    text.replaceAll(/[0-9]\.[0-9]+e[0-9]+/gi, (number) => String(Number(number))),
  ].filter((each) => each !== text);
  const joined = text.replaceAll(/[\r\n]/g, '');
  // Of a long text of words most runs are none: those of at least a card's length are looked into.
  const runs = [...joined.matchAll(/[A-Za-z0-9+/_-]{16,}/g)].slice(0, 50).map(([run]) => run);
  const decoded = runs.flatMap((run) => [
    ...[0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64')),
    ...(/^[0-9a-fA-F]+$/.test(run) ? [Buffer.from(run, 'hex')] : []),
  ]);
  return [...changed.map((each) => Buffer.from(each)), ...decoded, ...wide(body), ...unzipped(body)];
}

const wide = (body: Buffer): Buffer[] => (body.includes(0) ? [Buffer.from(body.toString('utf16le'))] : []);

function unzipped(body: Buffer): Buffer[] {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return [];
  try {
    return [gunzipSync(body)];
  } catch {
    return [];
  }
}
