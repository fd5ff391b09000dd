import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayElements, objectMembers, skipSpace, withEdits } from './json-span.ts';

const space = fc.constantFrom(0, 1, '\t');

describe('json-span', () => {
  it('finds the members and elements of any JSON text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), space, (value, indent) => {
        const json = Buffer.from(` ${JSON.stringify(value, null, indent)}\n`);
        const at = skipSpace(json, 0);
        if (Array.isArray(value)) {
          const found = arrayElements(json, at).map(
            ({ start, end }) => JSON.parse(json.toString('utf8', start, end)) as unknown,
          );
          expect(found).toEqual(JSON.parse(JSON.stringify(value)));
        } else if (typeof value === 'object' && value !== null) {
          const members = objectMembers(json, at);
          expect(members.map(({ name }) => name)).toEqual(Object.keys(value));
          for (const { name, start, end } of members) {
            expect(JSON.parse(json.toString('utf8', start, end))).toEqual(
              JSON.parse(JSON.stringify((value as Record<string, unknown>)[name])),
            );
          }
        }
      }),
    );
  });

  it('makes edits in any order, and returns the same buffer where there are none', () => {
    const json = Buffer.from('{"a":1,"b":2}');
    expect(withEdits(json, [])).toBe(json);
    const edits = [
      { start: 11, end: 12, bytes: '3' },
      { start: 1, end: 1, bytes: '"c":0,' },
    ];
    expect(withEdits(json, edits).toString()).toBe('{"c":0,"a":1,"b":3}');
  });
});
