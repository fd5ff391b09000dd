import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../domain/limits.ts';
import { MessageFramer } from './framer.ts';
import type { FramerOptions } from './framer.ts';
import { BACKEND, BACKEND_TYPES } from './message-types.ts';

const BYTES_MAX = 2000;
const STREAMED = new Set<number>([BACKEND.DataRow, BACKEND.CopyData]);

function framer(options: Partial<FramerOptions> = {}): MessageFramer {
  return new MessageFramer({
    streamed: STREAMED,
    bytesMax: () => BYTES_MAX,
    knownTypes: BACKEND_TYPES,
    ...options,
  });
}

function message(type: number, body: Uint8Array | number): Buffer {
  const content = typeof body === 'number' ? Buffer.alloc(body, 0x78) : Buffer.from(body);
  const wire = Buffer.alloc(5 + content.length);
  wire[0] = type;
  wire.writeUInt32BE(4 + content.length, 1);
  content.copy(wire, 5);
  return wire;
}

/**
 * What a framer made of some chunks, in a form that does not depend on where runs are cut: adjoining runs are one.
 */
interface Seen {
  readonly items: (
    { message: number; wire: string } | { run: string; messages: number } | { error: string; type: number }
  )[];
  bufferedBytesMost: number;
}

function feed(target: MessageFramer, chunks: readonly Buffer[]): Seen {
  const seen: Seen = { items: [], bufferedBytesMost: 0 };
  for (const chunk of chunks) {
    target.push(chunk);
    for (;;) {
      const step = target.next();
      if (step.kind === 'need-more') break;
      const last = seen.items.at(-1);
      if (step.kind === 'error') {
        seen.items.push({ error: step.code, type: step.type });
        expect(target.next()).toEqual(step);
        return seen;
      }
      if (step.kind === 'message') {
        seen.items.push({ message: step.type, wire: step.wire.toString('latin1') });
      } else if (last !== undefined && 'run' in last) {
        last.run += step.bytes.toString('latin1');
        last.messages += step.messages;
      } else {
        seen.items.push({ run: step.bytes.toString('latin1'), messages: step.messages });
      }
    }
    seen.bufferedBytesMost = Math.max(seen.bufferedBytesMost, target.bufferedBytes);
  }
  return seen;
}

function bytewise(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}

function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) break;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  chunks.push(bytes.subarray(at));
  return chunks;
}

const anyMessage = fc
  .record({
    type: fc.constantFrom(...BACKEND_TYPES),
    body: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ type, body }) => message(type, body));
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 300 });

describe('MessageFramer', () => {
  it('gives the same messages and runs for whole, split and byte-at-a-time feeds', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 12 }), cuts, (messages, lengths) => {
        const stream = Buffer.concat(messages);
        const whole = feed(framer(), [stream]).items;
        expect(feed(framer(), cut(stream, lengths)).items).toEqual(whole);
        expect(feed(framer(), bytewise(stream)).items).toEqual(whole);
        const bytes = whole
          .map((item) => ('wire' in item ? item.wire : 'run' in item ? item.run : ''))
          .join('');
        expect(bytes).toBe(stream.toString('latin1'));
        const count = whole.reduce((sum, item) => sum + ('run' in item ? item.messages : 1), 0);
        expect(count).toBe(messages.length);
      }),
      { numRuns: 300 },
    );
  });

  it('does the same with chunks that wait in a row before the first is read', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 8 }), cuts, (messages, lengths) => {
        const stream = Buffer.concat(messages);
        const target = framer();
        const chunks = cut(stream, lengths);
        for (const chunk of chunks) target.push(chunk);
        expect(target.bufferedBytes).toBe(stream.length);
        const seen = feed(target, [Buffer.alloc(0)]);
        expect(seen.items).toEqual(feed(framer(), [stream]).items);
        expect(target.atBoundary).toBe(true);
      }),
    );
  });

  it('keeps many small chunks that wait in little more than their bytes', () => {
    const target = framer();
    const one = message(BACKEND.ParameterStatus, 5);
    const bytes = 2_000_000;
    const kept = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const before = kept();
    for (let at = 0; at < bytes; at++) target.push(Buffer.from([one[at % one.length] as number]));
    expect(kept() - before).toBeLessThan(40 * bytes);
    let messages = 0;
    while (target.next().kind === 'message') messages++;
    expect(messages).toBe(Math.floor(bytes / one.length));
  });

  it('lets go of what was read while more and more waits', { timeout: 60_000 }, () => {
    const target = framer({ bytesMax: () => 10_000 });
    const one = message(BACKEND.ParameterStatus, 5_000);
    const before = process.memoryUsage().arrayBuffers;
    let read = 0;
    for (let pushed = 0; pushed < 100_000; pushed++) {
      const chunk = Buffer.allocUnsafeSlow(one.length);
      one.copy(chunk);
      target.push(chunk);
      // Always a few ahead.
      if (pushed > 2 && target.next().kind === 'message') read++;
    }
    expect(read).toBe(99_997);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(250_000_000);
  });

  it('never throws on random bytes, fails the same way under any split, and stays within its limits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), cuts, (random, lengths) => {
        const bytes = Buffer.from(random);
        const whole = feed(framer(), [bytes]).items;
        const split = feed(framer(), cut(bytes, lengths));
        const single = feed(framer(), bytewise(bytes));
        expect(split.items).toEqual(whole);
        expect(single.items).toEqual(whole);
        expect(split.bufferedBytesMost).toBeLessThanOrEqual(BYTES_MAX);
        expect(single.bufferedBytesMost).toBeLessThanOrEqual(BYTES_MAX);
      }),
      { numRuns: 500 },
    );
  });

  it('holds a message that is not streamed until its last byte arrives', () => {
    const wire = message(BACKEND.CommandComplete, 10);
    const target = framer();
    for (let at = 0; at < wire.length - 1; at++) {
      target.push(wire.subarray(at, at + 1));
      expect(target.next().kind).toBe('need-more');
      expect(target.bufferedBytes).toBe(at + 1);
    }
    target.push(wire.subarray(-1));
    expect(target.next()).toEqual({ kind: 'message', type: BACKEND.CommandComplete, wire });
    expect(target.bufferedBytes).toBe(0);
  });

  it('copies nothing where a message or a run lies within one chunk', () => {
    const chunk = Buffer.concat([message(BACKEND.RowDescription, 30), message(BACKEND.DataRow, 30)]);
    const target = framer();
    target.push(chunk);
    const first = target.next();
    const second = target.next();
    expect(first.kind === 'message' && first.wire.buffer === chunk.buffer).toBe(true);
    expect(second.kind === 'run' && second.bytes.buffer === chunk.buffer).toBe(true);
    const alone = message(BACKEND.ReadyForQuery, 1);
    target.push(alone);
    const third = target.next();
    expect(third.kind === 'message' && third.wire).toBe(alone);
  });

  it('passes the body of a streamed message on without holding a byte of it', () => {
    const row = message(BACKEND.DataRow, 1000);
    const target = framer({ bytesMax: () => 10 });
    target.push(row.subarray(0, 100));
    expect(target.next()).toEqual({ kind: 'run', bytes: row.subarray(0, 100), messages: 1 });
    expect(target.bufferedBytes).toBe(0);
    expect(target.midRun).toBe(true);
    target.push(row.subarray(100));
    expect(target.next()).toEqual({ kind: 'run', bytes: row.subarray(100), messages: 0 });
    expect(target.midRun).toBe(false);
    expect(target.atBoundary).toBe(true);
  });

  it('cuts a run where another type begins', () => {
    const rows = Buffer.concat([message(BACKEND.DataRow, 3), message(BACKEND.DataRow, 4)]);
    const end = message(BACKEND.CommandComplete, 9);
    const target = framer();
    target.push(Buffer.concat([rows, end]));
    expect(target.next()).toEqual({ kind: 'run', bytes: rows, messages: 2 });
    expect(target.next()).toEqual({ kind: 'message', type: BACKEND.CommandComplete, wire: end });
  });

  it('changes what is streamed from the next message on, not within one', () => {
    const row = message(BACKEND.DataRow, 50);
    const target = framer();
    target.push(row.subarray(0, 20));
    expect(target.next()).toMatchObject({ kind: 'run', messages: 1 });
    target.setStreamed(new Set());
    target.push(Buffer.concat([row.subarray(20), row]));
    expect(target.next()).toEqual({ kind: 'run', bytes: row.subarray(20), messages: 0 });
    expect(target.next()).toEqual({ kind: 'message', type: BACKEND.DataRow, wire: row });
  });

  it.each([
    ['a length below four', Buffer.from([0x43, 0, 0, 0, 3]), 'GH_PG_FRAME_LENGTH'],
    ['a length of zero', Buffer.from([0x43, 0, 0, 0, 0]), 'GH_PG_FRAME_LENGTH'],
    ['a negative length', Buffer.from([0x43, 0xff, 0xff, 0xff, 0xff]), 'GH_PG_FRAME_LENGTH'],
    ['a negative length of a streamed type', Buffer.from([0x44, 0x80, 0, 0, 0]), 'GH_PG_FRAME_LENGTH'],
    ['a length above the limit', Buffer.from([0x43, 0, 0, 0x07, 0xd0]), 'GH_PG_FRAME_TOO_LARGE'],
    ['a streamed length above PostgreSQL’s', Buffer.from([0x44, 0x40, 0, 0, 0]), 'GH_PG_FRAME_TOO_LARGE'],
    ['an unknown type at its first byte', Buffer.from([0xff]), 'GH_PG_FRAME_TYPE'],
  ])('refuses %s', (_, bytes, code) => {
    expect(feed(framer(), [bytes]).items).toEqual([{ error: code, type: bytes[0] }]);
    expect(feed(framer(), bytewise(bytes)).items).toEqual([{ error: code, type: bytes[0] }]);
  });

  it('takes a message of exactly the limit, and streamed ones up to PostgreSQL’s', () => {
    const wire = message(BACKEND.CommandComplete, BYTES_MAX - 5);
    expect(feed(framer(), [wire]).items).toHaveLength(1);
    expect(feed(framer(), [message(BACKEND.CommandComplete, BYTES_MAX - 4)]).items[0]).toHaveProperty(
      'error',
    );
    const header = Buffer.alloc(5, BACKEND.DataRow);
    header.writeUInt32BE(LIMITS.messageBytesMax, 1);
    expect(feed(framer(), [header]).items).toEqual([{ run: header.toString('latin1'), messages: 1 }]);
  });

  it('gives out what came before a broken frame, then the error, then nothing else', () => {
    const good = message(BACKEND.DataRow, 8);
    const target = framer();
    target.push(Buffer.concat([good, Buffer.from([0x44, 0, 0, 0, 1]), good]));
    expect(target.next()).toEqual({ kind: 'run', bytes: good, messages: 1 });
    expect(target.next()).toEqual({ kind: 'error', code: 'GH_PG_FRAME_LENGTH', type: BACKEND.DataRow });
    target.push(good);
    expect(target.next().kind).toBe('error');
    expect(target.bufferedBytes).toBe(0);
  });

  it('takes memory for what arrived, not for what was announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const held: MessageFramer[] = [];
    const header = Buffer.from([BACKEND.CommandComplete, 0x01, 0, 0, 0, 0x78]);
    for (let count = 0; count < 200; count++) {
      const target = framer({ bytesMax: () => LIMITS.decidedMessageBytesMax * 2 });
      target.push(header);
      expect(target.next().kind).toBe('need-more');
      held.push(target);
    }
    // 200 announcements of 16 MiB each.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1_048_576);
    expect(held).toHaveLength(200);
  });

  it('stays linear byte by byte', () => {
    const cost = (bytes: number): number => {
      const stream = message(BACKEND.CommandComplete, bytes);
      const target = framer({ bytesMax: () => 1e9 });
      const start = process.cpuUsage();
      for (let at = 0; at < stream.length; at++) {
        target.push(stream.subarray(at, at + 1));
        target.next();
      }
      const used = process.cpuUsage(start);
      return used.user + used.system;
    };
    cost(200_000);
    // Eight times the bytes: quadratic work would be 64 times the time.
    expect(cost(1_600_000) / cost(200_000)).toBeLessThan(30);
  });
});

describe('looking ahead', () => {
  const query = message(BACKEND.NoticeResponse, 30);

  it('shows the next message once it is whole, and takes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }), (cuts) => {
        const target = framer();
        const all = Buffer.concat([query, message(BACKEND.ReadyForQuery, 1)]);
        target.push(message(BACKEND.CommandComplete, 3));
        expect(target.next().kind).toBe('message');
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          const piece = all.subarray(at, at + cut);
          target.push(piece);
          at += piece.length;
          const before = target.bufferedBytes;
          const shown = target.peek(BACKEND.NoticeResponse, 100);
          expect(shown?.toString('latin1')).toBe(at >= query.length ? query.toString('latin1') : undefined);
          expect(target.bufferedBytes).toBe(before);
        }
        expect(target.next()).toMatchObject({ kind: 'message', type: BACKEND.NoticeResponse, wire: query });
        expect(target.peek(BACKEND.NoticeResponse, 100)).toBeUndefined();
        expect(target.next()).toMatchObject({ kind: 'message', type: BACKEND.ReadyForQuery });
      }),
    );
  });

  it('shows none of another type, none that is too long, and none with a broken length', () => {
    const target = framer();
    target.push(query);
    expect(target.peek(BACKEND.ErrorResponse, 100)).toBeUndefined();
    expect(target.peek(BACKEND.NoticeResponse, query.length - 1)).toBeUndefined();
    expect(target.peek(BACKEND.NoticeResponse, query.length)).toEqual(query);
    for (const length of [0, 3, 0xffff_ffff]) {
      const broken = framer();
      const wire = Buffer.from(query);
      wire.writeUInt32BE(length, 1);
      broken.push(wire);
      expect(broken.peek(BACKEND.NoticeResponse, 100)).toBeUndefined();
    }
  });

  it('shows nothing from within a message', () => {
    const target = framer();
    target.push(query.subarray(0, 10));
    expect(target.next().kind).toBe('need-more');
    target.push(Buffer.concat([query.subarray(10), query]));
    expect(target.peek(BACKEND.NoticeResponse, 100)).toBeUndefined();
    const streaming = framer();
    streaming.push(message(BACKEND.DataRow, 50).subarray(0, 20));
    expect(streaming.next().kind).toBe('run');
    streaming.push(query);
    expect(streaming.peek(BACKEND.NoticeResponse, 100)).toBeUndefined();
  });
});
