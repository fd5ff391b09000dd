import { describe, expect, it } from 'vitest';
import { headerParameters, paramHeaderMismatch, paramHeaders } from './param-headers.ts';

const parameters = headerParameters({
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    limits: { type: 'object', properties: { rows: { type: 'integer', 'x-mcp-header': 'Rows' } } },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    bad: { type: 'string', 'x-mcp-header': 'No Token' },
    list: { type: 'array', items: { type: 'string', 'x-mcp-header': 'Item' } },
  },
});
const values = { region: ' eu, Köln', limits: { rows: 42 }, dry: false };

describe('arguments in headers', () => {
  it('are those marked along properties alone', () => {
    expect(parameters).toEqual([
      { header: 'mcp-param-region', path: ['region'] },
      { header: 'mcp-param-rows', path: ['limits', 'rows'] },
      { header: 'mcp-param-dry', path: ['dry'] },
    ]);
  });

  it('say what the arguments say', () => {
    const headers = paramHeaders(parameters, values);
    expect([...headers]).toEqual([
      ['mcp-param-region', '=?base64?IGV1LCBLw7Zsbg==?='],
      ['mcp-param-rows', '42'],
      ['mcp-param-dry', 'false'],
    ]);
    expect(paramHeaderMismatch(parameters, values, headers)).toBeUndefined();
    expect(
      paramHeaderMismatch(parameters, values, new Map([...headers, ['mcp-param-rows', '42.0']])),
    ).toBeUndefined();
  });

  it.each([
    ['mcp-param-region', 'us'],
    ['mcp-param-region', '=?base64?!?='],
    ['mcp-param-rows', '43'],
    ['mcp-param-rows', '0x2a'],
    ['mcp-param-dry', 'False'],
  ])('with %s: %s say something else', (name, value) => {
    const headers = new Map([...paramHeaders(parameters, values), [name, value]]);
    expect(paramHeaderMismatch(parameters, values, headers)).toContain(name);
  });

  it('are not known to say the same where numbers are too large to be told apart', () => {
    const headers = new Map([['mcp-param-rows', '9007199254740993']]);
    const values = { limits: { rows: 9007199254740992 } };
    expect(paramHeaderMismatch(parameters, values, headers)).toContain('mcp-param-rows');
  });

  it('are missing where a value has no header, and too many where a header has no value', () => {
    expect(paramHeaderMismatch(parameters, { region: 'eu' }, new Map())).toContain('missing');
    expect(paramHeaderMismatch(parameters, { region: null }, new Map())).toBeUndefined();
    expect(paramHeaderMismatch(parameters, {}, new Map([['mcp-param-region', 'eu']]))).toBeDefined();
    expect(paramHeaderMismatch(parameters, {}, new Map([['mcp-param-other', 'eu']]))).toBeUndefined();
  });
});
