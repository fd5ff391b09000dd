/**
 * Which columns are marked, by configuration and by what a decision adds, and which of them a decision reveals. A mark
 * holds for the whole family of a column: the tables that its table inherits from, and those that inherit from it.
 */
import type { Decision, Obligation } from '../../../domain/decision.ts';
import type { ColumnName } from '../../../domain/lineage.ts';
import {
  columnPattern,
  fitsPattern,
  revealPattern,
  type ColumnMarkRule,
  type ColumnPattern,
  type MaskStyle,
  type RevealPattern,
} from '../../../domain/masking-rules.ts';
import type { ColumnCatalogue } from '../../../domain/ports.ts';

/** A column that this principal does not see. */
export interface HiddenColumn {
  readonly tag: string;
  readonly style: MaskStyle;
  /** `schema.table.column`, as the records count it. */
  readonly label: string;
}

export interface MarkScope {
  readonly upstream: string;
  readonly database: string;
}

const COLUMNS_KEPT_MAX = 10_000;
const ANY_COLUMN = '*';

/** The marks of one database under one decision. */
export class ColumnMarks {
  readonly #rules: readonly ColumnMarkRule[];
  readonly #reveals: readonly RevealPattern[];
  readonly #catalogue: ColumnCatalogue;
  readonly #scope: MarkScope;
  readonly #known = new Map<string, HiddenColumn | undefined>();

  constructor(
    rules: readonly ColumnMarkRule[],
    decision: Decision,
    catalogue: ColumnCatalogue,
    scope: MarkScope,
  ) {
    this.#reveals = decision.obligations.flatMap((obligation) =>
      obligation.kind === 'reveal' ? obligation.columns.flatMap((text) => revealPattern(text) ?? []) : [],
    );
    this.#rules = [
      ...decision.obligations.flatMap((obligation) => added(obligation)),
      ...rules.filter(({ upstream }) => upstream === undefined || upstream === scope.upstream),
    ].map((rule) => ({
      ...rule,
      schema: rule.schema.toLowerCase(),
      table: rule.table.toLowerCase(),
      column: rule.column.toLowerCase(),
    }));
    this.#catalogue = catalogue;
    this.#scope = scope;
  }

  /** Nothing is hidden from this principal, whatever it reads. */
  get none(): boolean {
    return this.#rules.length === 0 || this.#reveals.some(({ kind }) => kind === 'all');
  }

  /**
   * The mark of a column that is not revealed; undefined where it may be seen. `*` for the column: any of the table's.
   * What the catalogue does not know is judged by its own name alone: of a table, by that of the table.
   */
  hidden(column: ColumnName): HiddenColumn | undefined {
    if (this.none) return undefined;
    const key = JSON.stringify([column.schema, column.table, column.column]);
    if (this.#known.has(key)) return this.#known.get(key);
    let found: HiddenColumn | undefined;
    // Its name is the same in all of the family, which may be thousands of partitions.
    const name = column.column.toLowerCase();
    if (name === ANY_COLUMN || this.#rules.some((rule) => fitsPattern(rule.column, name))) {
      const { upstream, database } = this.#scope;
      for (const member of this.#catalogue.family(upstream, database, column) ?? [column])
        found ??= member.column === ANY_COLUMN ? this.#anyHidden(member) : this.#hiddenByName(member);
    }
    if (this.#known.size >= COLUMNS_KEPT_MAX) this.#known.clear();
    this.#known.set(key, found);
    return found;
  }

  /**
   * The same by a relation's name as descriptions write it, `schema.table`: where a name has a dot of its own, it is
   * marked if any way to read it is.
   */
  hiddenIn(qualified: string, column: string): HiddenColumn | undefined {
    let dot = qualified.indexOf('.');
    if (dot < 0) return this.hidden({ schema: '', table: qualified, column });
    let found: HiddenColumn | undefined;
    for (; dot >= 0 && found === undefined; dot = qualified.indexOf('.', dot + 1))
      found = this.hidden({ schema: qualified.slice(0, dot), table: qualified.slice(dot + 1), column });
    return found;
  }

  /** By its name alone, whichever columns it is known to have. */
  mayHide({ schema, table }: Pick<ColumnName, 'schema' | 'table'>): boolean {
    return this.#hiddenByName({ schema, table, column: ANY_COLUMN }) !== undefined;
  }

  /** Of a table that is known, a mark is one of a column that it has. */
  #anyHidden(any: ColumnName): HiddenColumn | undefined {
    const { upstream, database } = this.#scope;
    const names = this.#catalogue.columns(upstream, database, any);
    if (names === undefined) return this.#hiddenByName(any);
    let found: HiddenColumn | undefined;
    for (const column of names) found ??= this.hidden({ ...any, column });
    return found;
  }

  #hiddenByName(column: ColumnName): HiddenColumn | undefined {
    const lower: ColumnName = {
      schema: column.schema.toLowerCase(),
      table: column.table.toLowerCase(),
      column: column.column.toLowerCase(),
    };
    for (const rule of this.#rules) {
      if (!marks(rule, lower)) continue;
      const { tag, style } = rule;
      if (this.#reveals.some((reveal) => reveals(reveal, column, tag))) continue;
      return { tag, style, label: `${column.schema}.${column.table}.${column.column}` };
    }
    return undefined;
  }
}

/** Both in small letters, so that a mark is one in any case: marking too much is the better mistake. */
function marks(pattern: ColumnPattern, { schema, table, column }: ColumnName): boolean {
  return (
    fitsPattern(pattern.schema, schema) &&
    fitsPattern(pattern.table, table) &&
    (column === ANY_COLUMN || fitsPattern(pattern.column, column))
  );
}

/** By the letter. Any column of a table is revealed where every one is. */
function reveals(reveal: RevealPattern, { schema, table, column }: ColumnName, tag: string): boolean {
  if (reveal.kind === 'all') return true;
  if (reveal.kind === 'tag') return reveal.tag === tag;
  const { pattern } = reveal;
  return (
    fitsPattern(pattern.schema, schema) &&
    fitsPattern(pattern.table, table) &&
    (column === ANY_COLUMN ? pattern.column === ANY_COLUMN : fitsPattern(pattern.column, column))
  );
}

function added(obligation: Obligation): ColumnMarkRule[] {
  if (obligation.kind !== 'mask') return [];
  return obligation.columns.flatMap((text) => {
    const pattern = columnPattern(text);
    const { style, tag } = obligation;
    return pattern === undefined ? [] : [{ upstream: undefined, ...pattern, style, tag: tag ?? 'policy' }];
  });
}
