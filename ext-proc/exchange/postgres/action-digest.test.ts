import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { actionDigest, type ActionContent } from './action-digest.ts';

const CONTEXT = Buffer.from('context');
const plain: ActionContent = {
  kind: 'postgres.execute',
  text: 'SELECT $1, \u20ac',
  parameterTypes: [23],
  bind: {
    ok: true,
    portal: '',
    statement: 's',
    parameterFormats: [0, 1],
    values: [Buffer.from('42'), null],
    resultFormats: [1],
  },
};

describe('actionDigest', () => {
  it('is SHA-256 over the form postgres/1, which approvals are bound to', () => {
    const form = Buffer.concat([
      CONTEXT,
      Buffer.from('00000010', 'hex'),
      Buffer.from('postgres.execute'),
      Buffer.from('0000000e', 'hex'),
      Buffer.from('SELECT $1, \u20ac'),
      Buffer.from('0000000100000017', 'hex'),
      Buffer.from('00000001', 'hex'),
      Buffer.from('000000020001', 'hex'),
      Buffer.from('0000000101', 'hex'),
      Buffer.from('00000002', 'hex'),
      Buffer.from('00000002', 'hex'),
      Buffer.from('42'),
      Buffer.from('ffffffff', 'hex'),
    ]);
    expect(actionDigest(CONTEXT, plain)).toBe(createHash('sha256').update(form).digest('hex'));
  });

  it('tells any two contents apart, long ones too', () => {
    const content = fc.record({
      kind: fc.constantFrom('postgres.query', 'postgres.execute'),
      text: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('x'.repeat(30_000), 'x'.repeat(30_001))),
      parameterTypes: fc.array(fc.nat({ max: 3 }), { maxLength: 2 }),
      bind: fc.option(
        fc.record({
          ok: fc.constant(true as const),
          portal: fc.constant(''),
          statement: fc.constant(''),
          parameterFormats: fc.array(fc.constantFrom(0 as const, 1 as const), { maxLength: 2 }),
          values: fc.array(fc.option(fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes))), {
            maxLength: 2,
          }),
          resultFormats: fc.array(fc.constantFrom(0 as const, 1 as const), { maxLength: 2 }),
        }),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(content, content, (left, right) => {
        const same = JSON.stringify(left) === JSON.stringify(right);
        expect(actionDigest(CONTEXT, left) === actionDigest(CONTEXT, right)).toBe(same);
      }),
    );
  });
});
