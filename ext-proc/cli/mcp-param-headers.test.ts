import { expect, test } from 'vitest';

import { McpParamHeaders } from './mcp-param-headers.ts';

const declared = (header: string) => ({ type: 'string', 'x-mcp-header': header });

function learned(properties: object): McpParamHeaders {
  const headers = new McpParamHeaders();
  headers.learn({ tools: [{ name: 'tool', inputSchema: { type: 'object', properties } }] });
  return headers;
}
const call = (headers: McpParamHeaders, args: unknown): Record<string, string> =>
  headers.headersOf({ name: 'tool', arguments: args });

test('repeats what is marked, wherever it stands, and nothing else', () => {
  const headers = learned({
    region: declared('Region'),
    where: { type: 'object', properties: { id: { type: 'integer', 'x-mcp-header': 'Id' } } },
    other: { type: 'string' },
  });
  expect(call(headers, { region: 'eu', where: { id: 7 }, other: 'x' })).toEqual({
    'Mcp-Param-Region': 'eu',
    'Mcp-Param-Id': '7',
  });
  expect(call(headers, { region: null })).toEqual({});
  expect(headers.headersOf({ name: 'another', arguments: { region: 'eu' } })).toEqual({});
});

test.for([
  ['plain text', 'plain text'],
  ['', '=?base64??='],
  ['Zürich', `=?base64?${Buffer.from('Zürich').toString('base64')}?=`],
  [' padded ', '=?base64?IHBhZGRlZCA=?='],
  ['=?base64?eA==?=', `=?base64?${Buffer.from('=?base64?eA==?=').toString('base64')}?=`],
  ['two\nlines', '=?base64?dHdvCmxpbmVz?='],
  [true, 'true'],
] as const)('%j is sent as %s', ([value, header]) => {
  expect(call(learned({ a: declared('A') }), { a: value })).toEqual({ 'Mcp-Param-A': header });
});

test('a name that cannot be a header is not one', () => {
  expect(call(learned({ a: declared('A B') }), { a: 'x' })).toEqual({});
});

test('a later list takes the place of an earlier one', () => {
  const headers = learned({ a: declared('A') });
  headers.learn({ tools: [{ name: 'tool', inputSchema: { type: 'object' } }] });
  expect(call(headers, { a: 'x' })).toEqual({});
});
