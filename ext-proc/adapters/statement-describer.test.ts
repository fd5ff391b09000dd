import { afterEach, describe, expect, it } from 'vitest';
import type { DescribeResult, NameContext } from '../domain/ports.ts';
import type { CatalogueRelation, CatalogueSnapshot } from '../protocols/postgres/sql/catalogue-snapshot.ts';
import { type CatalogueReader, createStatementDescriber, type Describer } from './statement-describer.ts';

const table = (schema: string, name: string, columns: readonly string[]): [string, CatalogueRelation] => [
  name,
  {
    schema,
    name,
    kind: 'table',
    columns,
    through: [],
    inheritors: [],
    functions: [],
    traits: [],
    writeTraits: [],
  },
];

function snapshotOf(version: string, columns: readonly string[] = ['id', 'name']): CatalogueSnapshot {
  return {
    version,
    serverVersion: 180_000,
    schemas: new Map([
      [
        'pg_catalog',
        {
          publicUsage: true,
          relations: new Map(),
          functions: new Map([['now', { volatility: 'stable', extension: false }]]),
        },
      ],
      [
        'public',
        { publicUsage: true, relations: new Map([table('public', 't', columns)]), functions: new Map() },
      ],
      [
        'other',
        { publicUsage: true, relations: new Map([table('other', 't', columns)]), functions: new Map() },
      ],
    ]),
    operators: new Map(),
    typeFunctions: new Map(),
    temporaryNames: new Set(),
  };
}

/** A catalogue that says what it is told to. */
class TestCatalogue implements CatalogueReader {
  current: CatalogueSnapshot | undefined;
  next: CatalogueSnapshot | undefined;
  asked = 0;
  constructor(current: CatalogueSnapshot | undefined) {
    this.current = current;
  }
  snapshot(): CatalogueSnapshot | undefined {
    return this.current;
  }
  missed(): Promise<CatalogueSnapshot | undefined> {
    this.asked++;
    this.current = this.next ?? this.current;
    return Promise.resolve(this.current);
  }
  changed(): void {
    this.current = this.next ?? this.current;
  }
}

const CONTEXT: NameContext = { upstream: 'u', database: 'd', searchPath: ['public'], role: 'r' };
let open: Describer[] = [];
const start = (catalogue: CatalogueReader | undefined, cacheBytesMax?: number): Describer => {
  const describer = createStatementDescriber({
    catalogueOf: () => catalogue,
    ...(cacheBytesMax === undefined ? {} : { cacheBytesMax }),
  });
  open.push(describer);
  return describer;
};
afterEach(async () => {
  await Promise.all(open.map((describer) => describer.close()));
  open = [];
});

/** The result of a hit, which is no promise. */
function hit(result: DescribeResult | Promise<DescribeResult>): DescribeResult | undefined {
  return result instanceof Promise ? undefined : result;
}

describe('the statement describer', () => {
  it('answers at once what it has described, with the same description', async () => {
    const describer = start(new TestCatalogue(snapshotOf('1')));
    const first = await describer.describe('SELECT name FROM t WHERE id = $1', CONTEXT);
    const again = hit(describer.describe('SELECT name FROM t WHERE id = $1', CONTEXT));
    expect(again?.statements[0]?.description).toBe(first.statements[0]?.description);
  });

  it('answers at once for another integer, with the text of that statement', async () => {
    const describer = start(new TestCatalogue(snapshotOf('1')));
    const first = await describer.describe(' SELECT name FROM t WHERE id = 5 ; ', CONTEXT);
    const again = hit(describer.describe(' SELECT name FROM t WHERE id = 123456 ; ', CONTEXT));
    expect(again?.statements).toEqual([
      {
        description: first.statements[0]?.description,
        text: 'SELECT name FROM t WHERE id = 123456',
        recordText: 'SELECT name FROM t WHERE id = 123456',
      },
    ]);
    expect(again?.statements[0]?.description).toBe(first.statements[0]?.description);
  });

  it('describes anew where an integer matters', async () => {
    const describer = start(new TestCatalogue(snapshotOf('1')));
    const first = await describer.describe('DELETE FROM t WHERE id + 1 = id + 1', CONTEXT);
    expect(first.statements[0]?.description.unfiltered).toEqual(['public.t']);
    const other = describer.describe('DELETE FROM t WHERE id + 1 = id + 2', CONTEXT);
    expect(hit(other)).toBeUndefined();
    expect((await other).statements[0]?.description.unfiltered).toEqual([]);
  });

  it('remembers nothing across a search path, a role, a database or a set of temporary names', async () => {
    const describer = start(new TestCatalogue(snapshotOf('1')));
    await describer.describe('TABLE t', CONTEXT);
    for (const change of [
      { searchPath: ['other'] },
      { role: 's' },
      { database: 'e' },
      { upstream: 'v' },
      { temporaryNames: new Set(['t']) },
    ]) {
      expect(
        hit(describer.describe('TABLE t', { ...CONTEXT, ...change })),
        JSON.stringify(change),
      ).toBeUndefined();
    }
    // An equal context is as good as the same one.
    expect(hit(describer.describe('TABLE t', { ...CONTEXT }))).toBeDefined();
  });

  it('forgets with the catalogue, and gives equal descriptions one identity all the same', async () => {
    const catalogue = new TestCatalogue(snapshotOf('1'));
    const describer = start(catalogue);
    const before = await describer.describe('TABLE t', CONTEXT);
    catalogue.current = snapshotOf('2');
    const after = describer.describe('TABLE t', CONTEXT);
    expect(hit(after)).toBeUndefined();
    expect((await after).statements[0]?.description).toBe(before.statements[0]?.description);
  });

  it('asks for a newer catalogue where a name is missing, and does not remember what stays missing', async () => {
    const catalogue = new TestCatalogue(snapshotOf('1'));
    const describer = start(catalogue);
    const missing = await describer.describe('SELECT later FROM t', CONTEXT);
    expect(missing.statements[0]?.description.unknown).toEqual(['unresolved_column']);
    catalogue.next = snapshotOf('2', ['id', 'later']);
    const found = describer.describe('SELECT later FROM t', CONTEXT);
    expect(hit(found)).toBeUndefined();
    expect((await found).statements[0]?.description.complete).toBe(true);
    expect(catalogue.asked).toBe(2);
  });

  it('resolves nothing without a catalogue, but lets through what needs none', async () => {
    const describer = start(undefined);
    const unknown = async (text: string): Promise<readonly string[]> =>
      (await describer.describe(text, CONTEXT)).statements.flatMap(({ description }) => description.unknown);
    expect(await unknown('TABLE t')).toEqual(['catalogue_unavailable', 'unresolved_relation']);
    expect(await unknown('SELECT now()')).toEqual(['catalogue_unavailable', 'unresolved_function']);
    expect(await unknown('SELECT pg_catalog.now()')).toEqual([]);
    expect(await unknown("BEGIN; SHOW x; SET x.y = 'z'; SELECT 1; COMMIT")).toEqual([]);
  });

  it('keeps within its bytes, and the newest', async () => {
    const describer = start(new TestCatalogue(snapshotOf('1')), 20_000);
    for (let index = 0; index < 60; index++)
      await describer.describe(`SELECT name AS n${index} FROM t`, CONTEXT);
    const hits = Array.from({ length: 60 }, (_, index) =>
      hit(describer.describe(`SELECT name AS n${index} FROM t`, CONTEXT)),
    );
    const kept = hits.filter((result) => result !== undefined).length;
    expect(kept).toBeGreaterThan(5);
    expect(kept).toBeLessThan(25);
    expect(hits[59]).toBeDefined();
    expect(hits[0]).toBeUndefined();
  });

  it.each([
    ['', 'EMPTY'],
    [' ; -- nothing', 'EMPTY'],
  ])('calls %j an empty statement', async (text, verb) => {
    const result = await start(undefined).describe(text, CONTEXT);
    expect(result.ok).toBe(true);
    expect(result.statements.map(({ description }) => [description.verb, description.complete])).toEqual([
      [verb, true],
    ]);
  });

  it('describes the end of a transaction while the catalogue waits, perhaps for that', async () => {
    const catalogue = new TestCatalogue(snapshotOf('1'));
    let read: (snapshot: CatalogueSnapshot) => void = () => undefined;
    const reading = new Promise<CatalogueSnapshot>((resolve) => (read = resolve));
    const describer = start({
      snapshot: () => reading,
      missed: () => catalogue.missed(),
      changed: () => undefined,
    });
    const waits = describer.describe('SELECT name FROM t', CONTEXT);
    for (const text of ['COMMIT', 'ROLLBACK TO a', 'END; BEGIN']) {
      const { statements } = await describer.describe(text, CONTEXT);
      expect(statements.map(({ description }) => description.complete)).not.toContain(false);
    }
    read(snapshotOf('1'));
    expect((await waits).statements[0]?.description.complete).toBe(true);
  });

  it('makes one unknown statement of a text that does not parse, without its literals in the record', async () => {
    const result = await start(undefined).describe("SELEC 'hunter2' FROM t; DROP TABLE t", CONTEXT);
    expect(result).toMatchObject({ ok: false, code: 'GH_SQL_SYNTAX' });
    expect(result.statements).toHaveLength(1);
    expect(result.statements[0]?.description).toMatchObject({
      verb: 'UNKNOWN',
      unknown: ['parse_error'],
      writes: true,
    });
    expect(result.statements[0]?.recordText).toBe("SELEC '[redacted]' FROM t; DROP TABLE t");
  });
});
