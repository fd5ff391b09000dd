import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../domain/limits.ts';
import { createToolSchemas } from './tool-schemas.ts';

const tool = (name: string, outputSchema?: unknown) => ({
  name,
  inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
  ...(outputSchema === undefined ? {} : { outputSchema }),
});
const strict = { type: 'object', properties: { a: { enum: ['x'] } } };
const masked = new Set(['/a']);
const value = { a: '[masked:person]' };

describe('tool schemas', () => {
  it('judge what a tool of this server gave', () => {
    const schemas = createToolSchemas();
    schemas.remember('shop', [tool('strict', strict), tool('free')]);
    expect(schemas.judge('shop', 'strict', value, masked)).toBe('breaks');
    expect(schemas.judge('shop', 'strict', { a: 'x' }, new Set())).toBe('fits');
    expect(schemas.judge('shop', 'free', value, masked)).toBe('fits');
    expect(schemas.judge('shop', 'other', value, masked)).toBe('unknown');
    expect(schemas.judge('other', 'strict', value, masked)).toBe('unknown');
    expect(schemas.headerParameters('shop', 'free')).toEqual([
      { header: 'mcp-param-region', path: ['region'] },
    ]);
    expect(schemas.headerParameters('shop', 'other')).toBeUndefined();
  });

  it('are those of the last list', () => {
    const schemas = createToolSchemas();
    schemas.remember('shop', [tool('a', strict)]);
    schemas.remember('shop', [tool('a')]);
    expect(schemas.judge('shop', 'a', value, masked)).toBe('fits');
  });

  it('let the tool go that was used longest ago', () => {
    const schemas = createToolSchemas();
    schemas.remember('shop', [tool('kept', strict), tool('gone', strict)]);
    schemas.judge('shop', 'kept', value, masked);
    schemas.remember(
      'shop',
      Array.from({ length: LIMITS.mcpToolSchemasMax - 1 }, (_, at) => tool(`t${at}`)),
    );
    expect(schemas.judge('shop', 'kept', value, masked)).toBe('breaks');
    expect(schemas.judge('shop', 'gone', value, masked)).toBe('unknown');
  });

  it('keep no more than their limit, of servers and of characters', () => {
    const schemas = createToolSchemas();
    for (let at = 0; at <= LIMITS.mcpSchemaUpstreamsMax; at++) schemas.remember(`u${at}`, [tool('a')]);
    expect(schemas.judge('u0', 'a', value, masked)).toBe('unknown');
    expect(schemas.judge('u1', 'a', value, masked)).toBe('fits');
    const large = { description: 'x'.repeat(60_000) };
    schemas.remember(
      'shop',
      Array.from({ length: 30 }, (_, at) => tool(`t${at}`, large)),
    );
    expect(schemas.judge('shop', 't0', value, masked)).toBe('unknown');
    expect(schemas.judge('shop', 't29', value, masked)).toBe('fits');
  });

  it('take a schema that is too large, or too deep, for one that no mask fits', () => {
    let deep: unknown = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { not: deep };
    const schemas = createToolSchemas();
    schemas.remember('shop', [
      tool('large', { description: 'x'.repeat(100_000) }),
      tool('deep', deep),
      { name: 1 },
    ]);
    expect(schemas.judge('shop', 'large', value, masked)).toBe('breaks');
    expect(schemas.judge('shop', 'deep', value, masked)).toBe('breaks');
  });
});
