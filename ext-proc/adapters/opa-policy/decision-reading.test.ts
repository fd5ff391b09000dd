/** Obligations of HTTP and MCP; those of PostgreSQL, and everything else of a decision, are tried in engine.test.ts. */
import { expect, test } from 'vitest';
import { readDecision } from './decision-reading.ts';

const deciding = (...obligations: readonly unknown[]) =>
  readDecision(
    [{ result: { version: 1, verdict: 'allow', rule: 'x', reason: 'y', obligations, report_only: [] } }],
    'hash',
  );

test('obligations of fields, headers and bodies are read', () => {
  const obligations = [
    { kind: 'mask_fields', fields: ['customer.card', '**.ssn', 'a*b'], style: 'partial', direction: 'both' },
    { kind: 'mask_fields', fields: ['**'], style: 'null', direction: 'request', tag: 'secret' },
    { kind: 'reveal_fields', fields: ['*', 'tag:email', '**.name'] },
    { kind: 'remove_fields', fields: ['debug.**'] },
    { kind: 'reveal_headers', headers: ['set-cookie', 'x-trace'] },
    { kind: 'pass_unreadable', direction: 'response' },
  ];
  expect(deciding(...obligations)).toMatchObject({ verdict: 'allow', obligations });
});

const mask = { kind: 'mask_fields', fields: ['a.b'], style: 'full', direction: 'both' };

test.each<readonly [string, unknown]>([
  ['a mask of nothing', { ...mask, fields: [] }],
  ['a mask of a field without a name', { ...mask, fields: ['a..b'] }],
  ['a mask of a field with a control character', { ...mask, fields: ['a\n'] }],
  ['a mask of too many names', { ...mask, fields: [Array(31).fill('a').join('.')] }],
  ['a mask of an unknown style', { ...mask, style: 'blur' }],
  ['a mask without a direction', { kind: 'mask_fields', fields: ['a'], style: 'full' }],
  ['a mask in an unknown direction', { ...mask, direction: 'sideways' }],
  ['a mask whose tag is no kind', { ...mask, tag: 'Card!' }],
  ['a mask with another member', { ...mask, unless: 'x' }],
  ['a mask of columns', { kind: 'mask_fields', columns: ['a.b.c'], style: 'full', direction: 'both' }],
  ['a mask of too many', { ...mask, fields: Array(1_001).fill('a') }],
  ['a reveal of nothing', { kind: 'reveal_fields', fields: [] }],
  ['a reveal of a tag that is none', { kind: 'reveal_fields', fields: ['*', 'tag:E-mail'] }],
  ['a reveal of a text in place of a list', { kind: 'reveal_fields', fields: '*' }],
  ['a removal of nothing', { kind: 'remove_fields', fields: [] }],
  ['a removal of an empty name', { kind: 'remove_fields', fields: [''] }],
  ['a removal with a direction', { kind: 'remove_fields', fields: ['a'], direction: 'response' }],
  ['headers in capitals', { kind: 'reveal_headers', headers: ['Set-Cookie'] }],
  ['a credential', { kind: 'reveal_headers', headers: ['set-cookie', 'authorization'] }],
  ['a header of the connection', { kind: 'reveal_headers', headers: ['connection'] }],
  ['every header', { kind: 'reveal_headers', headers: ['*'] }],
  ['no headers', { kind: 'reveal_headers', headers: [] }],
  ['a pass without a direction', { kind: 'pass_unreadable' }],
  ['a pass in an unknown direction', { kind: 'pass_unreadable', direction: 'none' }],
  ['a pass of some', { kind: 'pass_unreadable', direction: 'both', types: ['image/png'] }],
])('an obligation that is %s makes a denial', (_, obligation) => {
  expect(deciding({ kind: 'pass_unreadable', direction: 'both' }, obligation)).toMatchObject({
    verdict: 'deny',
    rule: 'GH_POLICY_OBLIGATION',
    obligations: [],
  });
});
