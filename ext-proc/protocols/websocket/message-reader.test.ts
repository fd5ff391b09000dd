import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { closePayload, readClose } from './close.ts';
import { encodeFrame } from './frame-encoder.ts';
import { OPCODES, type Opcode } from './frame.ts';
import { MessageReader, type MessageStep } from './message-reader.ts';
import { PingLedger } from './ping-ledger.ts';

const LIMIT = 1_000;

/** A server's frame, in form or not. */
function frame(opcode: Opcode, payload: Buffer | string, final = true): Buffer {
  const bytes = encodeFrame('text', Buffer.from(payload));
  bytes[0] = OPCODES[opcode] | (final ? 0x80 : 0);
  return bytes;
}

function read(...chunks: readonly Buffer[]): MessageStep[] {
  const reader = new MessageReader({ from: 'server', messageBytesMax: LIMIT });
  const steps: MessageStep[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (;;) {
      const step = reader.next();
      if (step.kind === 'need-more') break;
      steps.push(step);
      if (step.kind === 'refused') return steps;
    }
  }
  return steps;
}

const text = (payload: string): MessageStep => ({
  kind: 'message',
  type: 'text',
  payload: Buffer.from(payload),
});
const refused = (code: string, closeCode: number) => [{ kind: 'refused', refusal: { code, closeCode } }];

describe('messages', () => {
  test('fragments are put together, control frames between them come at once', () => {
    const wire = [
      frame('text', 'one ', false),
      frame('ping', 'p'),
      frame('continuation', '', false),
      frame('continuation', 'two', true),
      frame('text', 'three'),
    ];
    expect(read(...wire)).toEqual([
      { kind: 'ping', payload: Buffer.from('p') },
      text('one two'),
      text('three'),
    ]);
  });

  test('a character may be split between two fragments', () => {
    const bytes = Buffer.from('né');
    expect(
      read(frame('text', bytes.subarray(0, 2), false), frame('continuation', bytes.subarray(2), true)),
    ).toEqual([text('né')]);
  });

  test('any split of the bytes gives the same messages', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 10 });
    fc.assert(
      fc.property(
        fc.array(fc.array(part, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(500), { maxLength: 12 }),
        (messages, cuts) => {
          const wire = Buffer.concat(
            messages.flatMap((parts) =>
              parts.flatMap((payload, index) => [
                frame(index === 0 ? 'text' : 'continuation', payload, index === parts.length - 1),
                frame('pong', ''),
              ]),
            ),
          );
          const edges = [0, ...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
          const steps = read(...edges.slice(1).map((end, index) => wire.subarray(edges[index], end)));
          expect(steps.filter(({ kind }) => kind === 'message')).toEqual(
            messages.map((parts) => text(parts.join(''))),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    ['a message that begins inside another', [frame('text', 'a', false), frame('text', 'b')]],
    ['a fragment of nothing', [frame('continuation', 'a')]],
    ['a Close with half a code', [frame('close', 'a')]],
    ['a Close with a code that may not be sent', [frame('close', Buffer.from([0x03, 0xed]))]],
  ])('refuses %s', (_, wire) => {
    expect(read(...wire)).toMatchObject(refused('GH_WS_FRAME', 1002));
  });

  test('refuses a text that is no UTF-8, and a reason that is none', () => {
    expect(read(frame('text', Buffer.from([0xc3, 0x28])))).toMatchObject(refused('GH_WS_TEXT', 1007));
    expect(
      read(frame('text', 'a', false), frame('continuation', Buffer.from([0xed, 0xa0, 0x80]))),
    ).toMatchObject(refused('GH_WS_TEXT', 1007));
    expect(read(frame('close', Buffer.from([0x03, 0xe8, 0xff])))).toMatchObject(refused('GH_WS_TEXT', 1007));
    expect(read(frame('binary', Buffer.from([0xc3, 0x28])))).toMatchObject([{ type: 'binary' }]);
  });

  test('holds fragments to the limit together, however small they are', () => {
    const parts = Array.from({ length: LIMIT + 1 }, (_, index) =>
      frame(index === 0 ? 'text' : 'continuation', 'a', false),
    );
    expect(read(...parts)).toMatchObject(refused('GH_WS_TOO_LARGE', 1009));
    expect(read(...parts.slice(0, LIMIT), frame('continuation', ''))).toEqual([text('a'.repeat(LIMIT))]);
  });

  test('reads nothing behind a Close', () => {
    const steps = read(
      frame('close', closePayload(1000, 'done')),
      frame('text', 'more'),
      frame('text', 'more'),
    );
    expect(steps).toEqual([{ kind: 'close', code: 1000, reason: 'done' }]);
  });
});

describe('Close', () => {
  test('comes back as it was made', () => {
    for (const code of [1000, 1001, 1008, 1014, 3000, 4999])
      expect(readClose(closePayload(code, 'why'))).toEqual({ kind: 'close', code, reason: 'why' });
    expect(readClose(closePayload(undefined, 'why'))).toEqual({ kind: 'close', code: undefined, reason: '' });
  });

  test.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000])('refuses the code %i', (code) => {
    expect(readClose(closePayload(code))).toMatchObject({ kind: 'refused' });
  });

  test('a reason is cut to what a control frame holds, between characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (reason) => {
        const payload = closePayload(1000, reason);
        expect(payload.length).toBeLessThanOrEqual(125);
        expect(readClose(payload).kind).toBe('close');
      }),
    );
  });
});

describe('Pings under way', () => {
  const number = (at: number): Buffer => Buffer.from([at]);

  test('a Pong brings back what was in the Ping, once', () => {
    const pings = new PingLedger(4);
    pings.sent(number(1), Buffer.from('mine'));
    expect(pings.answered(number(2))).toBeUndefined();
    expect(pings.answered(number(1))?.toString()).toBe('mine');
    expect(pings.answered(number(1))).toBeUndefined();
  });

  test('the answer to a later Ping stands for those before it', () => {
    const pings = new PingLedger(4);
    for (const at of [1, 2, 3]) pings.sent(number(at), number(at));
    expect(pings.answered(number(2))).toEqual(number(2));
    expect(pings.answered(number(1))).toBeUndefined();
    expect(pings.answered(number(3))).toEqual(number(3));
  });

  test('keeps no more than so many', () => {
    const pings = new PingLedger(2);
    for (const at of [1, 2, 3]) pings.sent(number(at), number(at));
    expect(pings.answered(number(1))).toBeUndefined();
    expect(pings.answered(number(2))).toEqual(number(2));
  });
});
