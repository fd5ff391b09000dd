/**
 * Describes statements: parses, resolves names against the catalogue, and remembers. A hit is synchronous and gives
 * the very same description object, so that a decision can be remembered by it. Nothing is remembered across a
 * change of the catalogue, the search path or the role.
 */
import { createHash } from 'node:crypto';
import type { DescribeResult, NameContext, StatementDescriber } from '../domain/ports.ts';
import type { DescribedStatement, StatementDescription } from '../domain/statement.ts';
import type { CatalogueSnapshot } from '../protocols/postgres/sql/catalogue-snapshot.ts';
import { parseSearchPath } from '../protocols/postgres/sql/identifiers.ts';
import type { Outline, OutlinedStatement } from '../protocols/postgres/sql/outline.ts';
import { recordTextOf, withoutLiterals } from '../protocols/postgres/sql/record-text.ts';
import { EMPTY_DESCRIPTION, resolveOutline, unknownDescription } from '../protocols/postgres/sql/resolve.ts';
import { templateOf } from '../protocols/postgres/sql/template.ts';
import { createSqlParser, type SqlParser, type SqlParserOptions } from './sql-parser/sql-parser.ts';

/** The catalogue of one upstream, as the describer needs it. Implemented by `adapters/catalogue`. */
export interface CatalogueReader {
  /** The catalogue in force, or undefined where it cannot be read. A promise while it is being read again. */
  snapshot(database: string): CatalogueSnapshot | undefined | Promise<CatalogueSnapshot | undefined>;
  /** A name was not found: reads again, at most once a second. The snapshot after that. */
  missed(database: string): Promise<CatalogueSnapshot | undefined>;
  changed(database: string): void;
}

export interface StatementDescriberOptions {
  /** Undefined for an upstream without a catalogue credential: then nothing but built-ins by qualified name resolves. */
  readonly catalogueOf: (upstream: string) => CatalogueReader | undefined;
  readonly parser?: SqlParserOptions;
  /** Of all cached descriptions and texts together, estimated. */
  readonly cacheBytesMax?: number;
}

export type Describer = StatementDescriber & { close(): Promise<void> };

interface Entry {
  readonly statements: readonly DescribedStatement[];
  /** Of a single statement whose text may differ in integers: where it begins, and what follows it. */
  readonly start: number;
  readonly tail: number;
  readonly bytes: number;
}

/** What is cached for one snapshot and context. */
interface Partition {
  readonly key: string;
  readonly exact: Map<string, Entry>;
  readonly templates: Map<string, Entry>;
  bytes: number;
  live: boolean;
}

const CACHE_BYTES_MAX = 64 * 1_048_576;
const PARTITIONS_MAX = 512;
/** A longer text is described each time: it is rarely sent twice, and would push out thousands of others. */
const CACHED_LENGTH_MAX = 65_536;
const TEMPLATE_VERBS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE']);
/** Codes after which a newer catalogue may know better. */
const MISSES = new Set([
  'unresolved_relation',
  'unresolved_function',
  'unresolved_column',
  'catalogue_unavailable',
]);
const INTERNED_MAX = 20_000;

export function createStatementDescriber(options: StatementDescriberOptions): Describer {
  const parser: SqlParser = createSqlParser(options.parser);
  const bytesMax = options.cacheBytesMax ?? CACHE_BYTES_MAX;
  const partitions = new Map<string, Partition>();
  /** The partition that a context object had last: a session hands in the same object while nothing changes. */
  const lastOf = new WeakMap<
    NameContext,
    { readonly snapshot: CatalogueSnapshot | undefined; readonly partition: Partition }
  >();
  const interned = new Map<string, StatementDescription>();
  /** As JSON: a description of thousands of columns takes the room of hundreds of others. */
  const sizeOf = new WeakMap<StatementDescription, number>();
  let internedBytes = 0;
  let bytes = 0;

  const intern = (description: StatementDescription): StatementDescription => {
    const json = JSON.stringify(description);
    const key = createHash('sha256').update(json).digest('base64');
    const known = interned.get(key);
    if (known !== undefined) return known;
    sizeOf.set(description, json.length);
    internedBytes += json.length;
    interned.set(key, description);
    for (const [oldest, other] of interned) {
      if (interned.size <= INTERNED_MAX && internedBytes <= bytesMax) break;
      interned.delete(oldest);
      internedBytes -= sizeOf.get(other) ?? 0;
    }
    return description;
  };

  const dropPartition = (partition: Partition): void => {
    partitions.delete(partition.key);
    partition.live = false;
    bytes -= partition.bytes;
    partition.bytes = 0;
    partition.exact.clear();
    partition.templates.clear();
  };

  const partitionFor = (context: NameContext, snapshot: CatalogueSnapshot | undefined): Partition => {
    const last = lastOf.get(context);
    if (last !== undefined && last.snapshot === snapshot && last.partition.live) return last.partition;
    const key = JSON.stringify([
      context.upstream,
      context.database,
      snapshot?.version ?? null,
      context.searchPath ?? null,
      context.role,
      context.temporaryNames === undefined ? null : [...context.temporaryNames].toSorted(),
      context.temporaryNames === undefined && snapshot !== undefined
        ? [...snapshot.temporaryNames].toSorted()
        : null,
    ]);
    let partition = partitions.get(key);
    if (partition === undefined) {
      if (partitions.size >= PARTITIONS_MAX) {
        for (const oldest of partitions.values()) {
          dropPartition(oldest);
          break;
        }
      }
      partition = { key, exact: new Map(), templates: new Map(), bytes: 0, live: true };
      partitions.set(key, partition);
    }
    lastOf.set(context, { snapshot, partition });
    return partition;
  };

  const remember = (partition: Partition, map: Map<string, Entry>, key: string, entry: Entry): void => {
    if (!partition.live || map.has(key)) return;
    map.set(key, entry);
    partition.bytes += entry.bytes;
    bytes += entry.bytes;
    // Within a partition the oldest goes first; a whole partition goes when another needs the room.
    while (bytes > bytesMax) {
      let largest = partition;
      for (const other of partitions.values()) if (other.bytes > largest.bytes) largest = other;
      const from = largest.exact.size >= largest.templates.size ? largest.exact : largest.templates;
      const oldest = from.entries().next().value;
      if (oldest === undefined) return;
      from.delete(oldest[0]);
      largest.bytes -= oldest[1].bytes;
      bytes -= oldest[1].bytes;
    }
  };

  const lookUp = (text: string, partition: Partition): DescribeResult | undefined => {
    const exact = partition.exact.get(text);
    if (exact !== undefined) return { ok: true, statements: exact.statements };
    const template = templateOf(text);
    if (template === undefined) return undefined;
    const entry = partition.templates.get(template);
    const first = entry?.statements[0];
    if (entry === undefined || first === undefined) return undefined;
    const own = text.slice(entry.start, text.length - entry.tail);
    return { ok: true, statements: [{ description: first.description, text: own, recordText: own }] };
  };

  const resolve = (
    text: string,
    statements: readonly OutlinedStatement[],
    snapshot: CatalogueSnapshot | undefined,
    context: NameContext,
  ): DescribedStatement[] => {
    const slice = slicerOf(text);
    let current: NameContext = context;
    let inFlux = false;
    return statements.map(({ outline, startByte, endByte }) => {
      let description = resolveOutline(outline, snapshot, current);
      // What an earlier statement of the same text has changed, the catalogue does not show yet.
      if (inFlux && (description.relations.length > 0 || description.functions.length > 0)) {
        description = {
          ...description,
          complete: false,
          writes: true,
          unknown: [...description.unknown, 'catalogue_in_flux'],
          outputs: undefined,
          flows: undefined,
        };
      }
      if (changesCatalogue(description)) inFlux = true;
      current = contextAfter(description, current);
      const own = slice(startByte, endByte).trim();
      return {
        description: intern(description),
        text: own,
        recordText: recordTextOf(outline, own),
        ...(outline.copyOptions === undefined ? undefined : { copyOptions: outline.copyOptions }),
      };
    });
  };

  const describeFresh = async (text: string, context: NameContext): Promise<DescribeResult> => {
    const catalogue = options.catalogueOf(context.upstream);
    const outcome = await parser.parse(text);
    if (!outcome.ok) return refused(text, outcome.code);
    if (outcome.statements.length === 0) return { ok: true, statements: [emptyStatement(text)] };
    const reading = catalogue?.snapshot(context.database);
    // The end of a transaction may be what the reading waits for: its locks on what is defined in it.
    if (reading instanceof Promise && outcome.statements.every(({ outline }) => namesNothing(outline)))
      return { ok: true, statements: resolve(text, outcome.statements, undefined, context) };
    let snapshot = await reading;
    let statements = resolve(text, outcome.statements, snapshot, context);
    if (
      catalogue !== undefined &&
      statements.some(({ description }) => description.unknown.some((code) => MISSES.has(code)))
    ) {
      const newer = await catalogue.missed(context.database);
      if (newer !== undefined && newer !== snapshot) {
        snapshot = newer;
        statements = resolve(text, outcome.statements, snapshot, context);
      }
    }
    const result: DescribeResult = { ok: true, statements };
    if (text.length > CACHED_LENGTH_MAX) return result;
    const partition = partitionFor(context, snapshot);
    // An unknown name is looked up again next time, so that what has been made since is found.
    if (statements.some(({ description }) => description.unknown.some((code) => MISSES.has(code))))
      return result;
    cache(partition, text, outcome.statements, statements);
    return result;
  };

  const cache = (
    partition: Partition,
    text: string,
    outlined: readonly OutlinedStatement[],
    statements: readonly DescribedStatement[],
  ): void => {
    const [only, ...others] = outlined;
    const [described] = statements;
    let size = text.length * 4 + statements.length * 1_000;
    for (const { description } of statements) size += sizeOf.get(description) ?? 0;
    if (only !== undefined && described !== undefined && others.length === 0 && templatable(only.outline)) {
      const template = templateOf(text);
      const start = text.indexOf(described.text);
      if (template !== undefined && described.recordText === described.text) {
        const tail = text.length - start - described.text.length;
        return remember(partition, partition.templates, template, { statements, start, tail, bytes: size });
      }
    }
    remember(partition, partition.exact, text, { statements, start: 0, tail: 0, bytes: size });
  };

  return {
    describe(text, context) {
      if (NOTHING.test(text)) return { ok: true, statements: [emptyStatement(text)] };
      const catalogue = options.catalogueOf(context.upstream);
      const snapshot = catalogue?.snapshot(context.database);
      if (!(snapshot instanceof Promise)) {
        const hit = lookUp(text, partitionFor(context, snapshot));
        if (hit !== undefined) return hit;
      }
      // Nothing in there rejects; should it, the statement is unknown all the same (I2).
      return describeFresh(text, context).catch(() => refused(text, 'GH_SQL_PARSER'));
    },
    catalogueChanged(upstream, database) {
      options.catalogueOf(upstream)?.changed(database);
    },
    async close() {
      await parser.close();
      partitions.clear();
    },
  };
}

/** Space and separators as PostgreSQL's scanner has them, and no statement. */
const NOTHING = /^[ \t\n\r\f;]*$/;

/** Slices by byte offsets of UTF-8. */
function slicerOf(text: string): (start: number, end: number) => string {
  if (Buffer.byteLength(text) === text.length) return (start, end) => text.slice(start, end);
  const buffer = Buffer.from(text);
  return (start, end) => buffer.toString('utf8', start, end);
}

const namesNothing = ({ traits, relations, functions }: Outline): boolean =>
  traits.includes('transaction_control') && relations.length === 0 && functions.length === 0;

const templatable = (outline: Outline): boolean =>
  !outline.constantsMatter &&
  outline.inner === undefined &&
  TEMPLATE_VERBS.has(outline.verb) &&
  !outline.secret;

const emptyStatement = (text: string): DescribedStatement => ({
  description: EMPTY_DESCRIPTION,
  text,
  recordText: withoutLiterals(text),
});

const UNKNOWN_BY_CODE: Readonly<Record<string, string>> = {
  GH_SQL_SYNTAX: 'parse_error',
  GH_SQL_TOO_LONG: 'too_long',
  GH_SQL_TOO_DEEP: 'too_deep',
  GH_SQL_TOO_LARGE: 'too_large',
  GH_SQL_TIMEOUT: 'parser_timeout',
  GH_SQL_ENCODING: 'encoding',
  GH_SQL_BUSY: 'parser_busy',
};
const REFUSED = new Map<string, StatementDescription>();

function refused(text: string, code: string): DescribeResult {
  let description = REFUSED.get(code);
  if (description === undefined) {
    description = unknownDescription(UNKNOWN_BY_CODE[code] ?? 'parser_unavailable');
    REFUSED.set(code, description);
  }
  return { ok: false, code, statements: [{ description, text, recordText: withoutLiterals(text) }] };
}

/** Whether what comes after it in the same text may find other objects under the same names. */
function changesCatalogue(description: StatementDescription): boolean {
  if (['GRANT', 'REVOKE', 'COMMENT', 'SECURITY LABEL'].includes(description.verb)) return false;
  return (
    description.defines ||
    ['DO', 'CALL', 'EXECUTE', 'UNKNOWN', 'ROLLBACK', 'ROLLBACK TO'].includes(description.verb)
  );
}

const UNDOES_SETTINGS = new Set(['COMMIT', 'ROLLBACK', 'ROLLBACK TO', 'PREPARE TRANSACTION']);
const SETS_PLAINLY = new Set(['SET', 'SELECT']);

/** How names are resolved after a statement of the same text has run. */
function contextAfter(description: StatementDescription, context: NameContext): NameContext {
  const { setting, traits, verb } = description;
  const plain = setting?.name === 'search_path' && SETS_PLAINLY.has(verb) ? setting.value : undefined;
  if (plain !== undefined) return { ...context, searchPath: parseSearchPath(plain) };
  // A role changes "$user" and what may be looked up; a function or trigger may do anything to the session.
  const uncertain =
    UNDOES_SETTINGS.has(verb) ||
    traits.some((trait) => CHANGES_NAMES.has(trait)) ||
    description.functions.some((used) => used.schema !== 'pg_catalog') ||
    (!description.complete && description.writes);
  return uncertain ? { ...context, searchPath: undefined } : context;
}

const CHANGES_NAMES = new Set([
  'search_path_change',
  'set_role',
  'set_session_authorization',
  'has_triggers',
  'has_rules',
  'do_block',
  'call',
  'prepared',
]);
