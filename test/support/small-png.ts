/**
 * A screenshot with at most 256 colours (PNG, W3C, third edition): a quarter of its size, and to the eye the same, since a
 * page has few colours. For pictures that are kept in the repository.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const COLOURS_MAX = 256;
/** Greyish, so that a colour that is not in the palette finds one near. */
const KEPT_BITS_MASK = 0xf8;

/** Takes what Chromium writes: 8 bits, RGB or RGBA, not interlaced. */
export function smallPng(png: Buffer): Buffer {
  const { width, height, channels, data } = decode(png);
  const pixels = rgbOf(data, width * height, channels);
  const palette = paletteOf(pixels);
  const nearest = new Map<number, number>(palette.map((colour, index) => [colour, index]));
  const rows = Buffer.alloc(height * (width + 1));
  for (let at = 0; at < pixels.length; at++) {
    const colour = pixels[at] as number;
    let index = nearest.get(colour);
    if (index === undefined) nearest.set(colour, (index = nearestOf(palette, colour)));
    rows[at + Math.floor(at / width) + 1] = index;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(
    palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]),
  );
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function decode(png: Buffer) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const [depth, type, , , interlace] = png.subarray(24, 29);
  if (depth !== 8 || (type !== 2 && type !== 6) || interlace !== 0) throw new Error('not such a PNG');
  const channels = type === 2 ? 3 : 4;
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return {
    width,
    height,
    channels,
    data: unfiltered(inflateSync(Buffer.concat(parts)), width * channels, height, channels),
  };
}

/** Section 9: each byte was written as its difference to what its neighbours promise. */
function unfiltered(raw: Buffer, stride: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? (out[y * stride + x - channels] as number) : 0;
      const up = y > 0 ? (out[(y - 1) * stride + x] as number) : 0;
      const corner = x >= channels && y > 0 ? (out[(y - 1) * stride + x - channels] as number) : 0;
      const promised = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      out[y * stride + x] = (raw[y * (stride + 1) + 1 + x] as number) + promised;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function rgbOf(data: Buffer, count: number, channels: number): Uint32Array {
  const pixels = new Uint32Array(count);
  for (let at = 0; at < count; at++) pixels[at] = data.readUIntBE(at * channels, 3);
  return pixels;
}

/** The colours that are there most, those that are close to one of them counted once. */
function paletteOf(pixels: Uint32Array): readonly number[] {
  const counts = new Map<number, number>();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const most = [...counts].sort(([, one], [, other]) => other - one).map(([colour]) => colour);
  const seen = new Set<number>();
  const mask = (KEPT_BITS_MASK << 16) | (KEPT_BITS_MASK << 8) | KEPT_BITS_MASK;
  const distinct = most.filter((colour) => !seen.has(colour & mask) && seen.add(colour & mask));
  // The surfaces to the letter, and of the shades between them as many as there is room for.
  return [...new Set([...most.slice(0, 32), ...distinct])].slice(0, COLOURS_MAX);
}

function nearestOf(palette: readonly number[], colour: number): number {
  let best = 0;
  let bestDistance = Infinity;
  for (const [index, other] of palette.entries()) {
    const distance =
      ((other >> 16) - (colour >> 16)) ** 2 +
      (((other >> 8) & 0xff) - ((colour >> 8) & 0xff)) ** 2 +
      ((other & 0xff) - (colour & 0xff)) ** 2;
    if (distance < bestDistance) [best, bestDistance] = [index, distance];
  }
  return best;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
