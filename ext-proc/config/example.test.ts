import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, parseConfig } from './load.ts';
import { configJsonSchema } from './schema.ts';

const document = (name: string): string => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
const EXAMPLE = document('gatehouse.example.yaml');

interface JsonSchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly items?: JsonSchemaNode;
  readonly oneOf?: readonly JsonSchemaNode[];
}

/** Every key that the schema knows, as `upstreams[].tls.mode`. */
function schemaKeys(node: JsonSchemaNode, path = ''): string[] {
  if (node.items !== undefined) return schemaKeys(node.items, `${path}[]`);
  if (node.oneOf !== undefined) return node.oneOf.flatMap((form) => schemaKeys(form, path));
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const own = path === '' ? key : `${path}.${key}`;
    return [own, ...schemaKeys(child, own)];
  });
}

/** Every key that a file has, in the same form. */
function fileKeys(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fileKeys(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const own = path === '' ? key : `${path}.${key}`;
    return [own, ...fileKeys(child, own)];
  });
}

const withAlternatives = (text: string): string => text.replaceAll(/^(\s*)#\| /gm, '$1');

/** The keys that the example shows in one place for all places with the same form. */
const SHOWN_ONCE =
  /(\.password|\.bearer|\.header\.value|\.clientSecret|^masking\.key|^approvals\.key|\.notifications\[\]\.secret)\.(file|env|command|cacheFor)$/;

describe('the example', () => {
  it('loads as it is', async () => {
    const config = await loadConfig(EXAMPLE);
    expect(config.listeners.map(({ name }) => name)).toEqual(['orders', 'scratch']);
    expect(config.httpListeners.map(({ name }) => name)).toEqual(['apis']);
  });

  it('loads with the lines for a service on another host', async () => {
    const text = withAlternatives(await readFile(EXAMPLE, 'utf8'));
    const config = parseConfig(text, EXAMPLE, { cores: 1, runtimeDirectory: '/run' });
    expect(config.service.remote?.address.port).toBe(7000);
  });

  it('has every key of the schema', async () => {
    const shown = new Set(fileKeys(parse(withAlternatives(await readFile(EXAMPLE, 'utf8')))));
    const missing = schemaKeys(configJsonSchema() as JsonSchemaNode).filter(
      (key) => !shown.has(key) && !SHOWN_ONCE.test(key),
    );
    expect(missing).toEqual([]);
    for (const key of ['file', 'env', 'command', 'cacheFor']) {
      expect(shown).toContain(`upstreams[].credentials[].password.${key}`);
    }
  });
});

describe('docs/gatehouse.schema.json', () => {
  it('says of every key what it is for', () => {
    const silent = (node: JsonSchemaNode, path: string): string[] => [
      ...(node.items === undefined ? [] : silent(node.items, `${path}[]`)),
      ...(node.oneOf ?? []).flatMap((form) => silent(form, path)),
      ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
        ...(child.description === undefined ? [`${path}.${key}`] : []),
        ...silent(child, `${path}.${key}`),
      ]),
    ];
    expect(silent(configJsonSchema() as JsonSchemaNode, '')).toEqual([]);
  });

  it('is what the schema says today; write it anew with: node ext-proc/config/write-schema.ts', async () => {
    expect(JSON.parse(await readFile(document('gatehouse.schema.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(configJsonSchema())),
    );
  });
});
