import { describe, expect, test } from 'vitest';
import { createToolSchemas } from '../../protocols/mcp/tool-schemas.ts';
import type { HttpGate } from '../http/http-gate.ts';
import { clientTakes, parametersInHeaders, rememberTools } from './known-tools.ts';

const TOOL = {
  name: 'get_person',
  description: 'not kept',
  inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
  outputSchema: { type: 'object', properties: { card: { type: 'string', pattern: String.raw`^\d{16}$` } } },
};

/** Two workers over one shared state. */
function workers(): readonly [
  Pick<HttpGate, 'toolSchemas' | 'state'>,
  Pick<HttpGate, 'toolSchemas' | 'state'>,
] {
  const shared = new Map<string, string>();
  const state = {
    putToolDefinitions: (upstream: string, definitions: ReadonlyMap<string, string>) => {
      for (const [tool, text] of definitions) shared.set(`${upstream}/${tool}`, text);
    },
    toolDefinition: (upstream: string, tool: string) => shared.get(`${upstream}/${tool}`),
  } as HttpGate['state'];
  return [
    { toolSchemas: createToolSchemas(), state },
    { toolSchemas: createToolSchemas(), state },
  ];
}

describe('tools that another worker has seen', () => {
  const masked = new Set(['/card']);
  test('are known here too, and a mask that their schema has no place for is told', () => {
    const [one, other] = workers();
    expect(clientTakes(other, 'people', 'get_person', { card: '****8030' }, masked)).toBe(true);
    expect(parametersInHeaders(other, 'people', 'get_person')).toBeUndefined();
    rememberTools(one, 'people', [TOOL]);
    expect(clientTakes(other, 'people', 'get_person', { card: '****8030' }, masked)).toBe(false);
    expect(clientTakes(other, 'people', 'get_person', { card: '4111111111111111' }, new Set())).toBe(true);
    expect(clientTakes(other, 'elsewhere', 'get_person', { card: '****8030' }, masked)).toBe(true);
    expect(parametersInHeaders(other, 'people', 'get_person')).toEqual([
      { header: 'mcp-param-region', path: ['region'] },
    ]);
  });
});
