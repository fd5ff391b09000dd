import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterList, type ListFilter } from './list-filter.ts';
import { foldName } from '../../domain/fold-name.ts';
import { arrayElements, objectMembers } from './json-span.ts';
import type { ListItem } from './list-item.ts';

const nameOf = (item: ListItem): string =>
  item.kind === 'resource' ? item.uri : item.kind === 'template' ? item.uriTemplate : item.name;

const showing = (
  names: readonly string[],
  method: string | undefined,
  version = '2025-11-25',
): ListFilter => ({
  method,
  version,
  mayUse: (item) => names.includes(nameOf(item)),
});

const filtered = (json: string, filter: ListFilter) => {
  const result = filterList(Buffer.from(json), filter);
  return result.ok ? result.json.toString() : result.code;
};

describe('filterList', () => {
  it('cuts out what may not be used, and leaves every other byte', () => {
    const before = '{ "jsonrpc":"2.0", "id" : 0,\n"result": {"_meta":{"n":1e2}, "tools" : ';
    const keep = '{"name":"a","x":1.000000000000000000001, "description":"},{\\"name\\":\\"b\\"" }';
    const after = ' , "nextCursor":"z"}}\n';
    const json = `${before}[ ${keep} , {"name":"b"},{"name":"c"} ]${after}`;
    expect(filtered(json, showing(['a'], 'tools/list'))).toBe(`${before}[${keep}]${after}`);
    expect(filtered(json, showing([], 'tools/list'))).toBe(`${before}[]${after}`);
    expect(filtered(json, showing(['a', 'b', 'c'], 'tools/list'))).toBe(json);
  });

  it('refuses a list with more entries than are judged', () => {
    const list = (entries: number): string =>
      JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: Array(entries).fill({ name: 'a' }) } });
    expect(filtered(list(2_000), showing(['a'], 'tools/list'))).toBe(list(2_000));
    expect(filtered(list(2_001), showing(['a'], 'tools/list'))).toBe('GH_MCP_UPSTREAM_LIST');
  });

  it('keeps lists with unknown members byte for byte', () => {
    const item = fc.record({ name: fc.constantFrom('a', 'b', 'c'), extra: fc.jsonValue({ maxDepth: 3 }) });
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 8 }),
        fc.subarray(['a', 'b', 'c']),
        fc.constantFrom(0, 2),
        (tools, names, space) => {
          const text = (list: readonly unknown[]) =>
            `{"jsonrpc":"2.0","id":"","result":{"tools":[${list.map((one) => JSON.stringify(one, null, space)).join(',')}],"x":1.0}}`;
          const kept = tools.filter(({ name }) => names.includes(name));
          const result = filterList(Buffer.from(text(tools)), showing(names, 'tools/list'));
          expect(result.ok && result.json.toString()).toBe(text(kept));
          expect(result).toMatchObject({ shown: kept.length, removed: tools.length - kept.length });
          // As JSON has it, which knows no -0.
          expect(result.ok && result.tools).toEqual(JSON.parse(JSON.stringify(kept)));
        },
      ),
    );
  });

  it.each([
    ['prompts/list', 'prompts', 'name'],
    ['resources/list', 'resources', 'uri'],
    ['resources/templates/list', 'resourceTemplates', 'uriTemplate'],
  ])('filters %s', (method, list, name) => {
    const text = (values: readonly string[]) =>
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        result: { [list]: values.map((value) => ({ [name]: value })) },
      });
    expect(filtered(text(['a', 'b']), showing(['b'], method))).toBe(text(['b']));
  });

  it('does not show an entry that it cannot read, whatever policy says', () => {
    const odd = [
      '{}',
      '1',
      'null',
      '[]',
      '{"name":1}',
      '{"Name":"a"}',
      '{"name":"b","name":"a"}',
      '{"name":"a","NAME":"b"}',
      '{"na\\u006de":"b","name":"a"}',
    ];
    const json = `{"jsonrpc":"2.0","id":1,"result":{"tools":[${odd.join(',')},{"n\\u0061me":"a"}]}}`;
    expect(filtered(json, showing(['a'], 'tools/list'))).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"n\\u0061me":"a"}]}}',
    );
  });

  it.each([
    '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"b"}],"tools":[]}}',
    '{"jsonrpc":"2.0","id":1,"result":{"tools":[],"Tools":[{"name":"b"}]}}',
    '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"b"}]},"result":{"tools":[]}}',
    '{"jsonrpc":"2.0","id":1,"result":{"tools":{"name":"b"}}}',
    '{"jsonrpc":"2.0","id":1,"result":{"tools":[]}',
    '[{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"b"}]}}]',
    '\ufeff{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}',
  ])('refuses %s', (json) => {
    expect(filtered(json, showing(['a'], 'tools/list'))).toBe('GH_MCP_UPSTREAM_LIST');
  });

  it('filters whatever looks like a list where the request is not known', () => {
    const json =
      '{"jsonrpc":"2.0","id":1,"result":{"resources":[{"uri":"a"}],"tools":[{"name":"a"},{"name":"b"}]}}';
    const cut = '{"jsonrpc":"2.0","id":1,"result":{"resources":[{"uri":"a"}],"tools":[{"name":"a"}]}}';
    for (const method of [undefined, 'tasks/result', 'vendor/any']) {
      expect(filtered(json, showing(['a'], method, '2026-07-28'))).toBe(cut);
    }
    expect(filtered(json, showing(['a'], 'tools/call'))).toBe(json);
  });

  it('marks lists, read resources and discoveries private from 2026-07-28 on', () => {
    const of = (result: string) => `{"jsonrpc":"2.0","id":1,"result":${result}}`;
    const filter = (method: string) => showing([], method, '2026-07-28');
    expect(filtered(of('{"tools":[],"ttlMs":5,"cacheScope":"public"}'), filter('tools/list'))).toBe(
      of('{"tools":[],"ttlMs":5,"cacheScope":"private"}'),
    );
    expect(filtered(of('{"contents":[]}'), filter('resources/read'))).toBe(
      of('{"cacheScope":"private","ttlMs":0,"contents":[]}'),
    );
    expect(filtered(of('{ }'), filter('server/discover'))).toBe(of('{"cacheScope":"private","ttlMs":0 }'));
    expect(filtered(of('{"tools":[]}'), showing([], 'tools/list'))).toBe(of('{"tools":[]}'));
    expect(filtered(of('{"tools":[],"cacheScope":"public"}'), showing([], 'tools/list'))).toBe(
      of('{"tools":[],"cacheScope":"private"}'),
    );
    const asking = of('{"resultType":"input_required","inputRequests":{}}');
    expect(filtered(asking, filter('resources/read'))).toBe(asking);
    expect(filtered(of('{"content":[]}'), filter('tools/call'))).toBe(of('{"content":[]}'));
  });

  it('leaves errors, requests and notifications as they are', () => {
    for (const json of [
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}',
      '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}',
    ]) {
      expect(filtered(json, showing([], 'tools/list', '2026-07-28'))).toBe(json);
    }
  });

  it('shows nothing hidden to any reader: of doubled members the first or the last, of either case', () => {
    const members = (names: readonly string[], value: fc.Arbitrary<string>) =>
      fc
        .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 3 })
        .map((pairs) => `{${pairs.map(([name, text]) => `"${name}":${text}`).join(', ')}}`);
    const item = members(
      ['name', 'Name', 'n\\u0061me', 'title'],
      fc.constantFrom('"hidden"', '"shown"', '1'),
    );
    const list = fc.array(item, { maxLength: 3 }).map((items) => `[${items.join(' ,')}]`);
    const result = members(['tools', 'Tools', 't\\u006fols', 'x'], list);
    const message = members(['result', 'Result', 'id', 'r\\u0065sult'], result);
    fc.assert(
      fc.property(message, (text) => {
        const filter = { ...showing(['shown'], 'tools/list') };
        const cut = filterList(Buffer.from(text), filter);
        if (!cut.ok) return;
        const { json } = cut;
        const below = (at: number, name: string) =>
          objectMembers(json, at).filter((member) => foldName(member.name) === name);
        const lists = below(0, 'result').flatMap(({ start }) => below(start, 'tools'));
        const names = lists
          .flatMap(({ start }) => arrayElements(json, start))
          .flatMap(({ start }) => below(start, 'name'))
          .map(({ start, end }) => json.toString('utf8', start, end));
        expect(names.filter((name) => name !== '"shown"')).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});
