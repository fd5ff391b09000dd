/**
 * The state of a walk over one statement's tree: collects the outline, remembers which bodies were visited (see
 * `coverage.ts`), and hands out scopes. The walk itself is in the `walk-*.ts` files.
 */
import type { ColumnUse, RelationAccess } from '../../../domain/statement.ts';
import { type Body, namesOf, textOf } from './ast.ts';
import { emptyOutline, type Outline, type Output, type ScopeItem } from './outline.ts';

/** A CTE that is visible at some point of the text. */
export interface CteBinding {
  readonly name: string;
  readonly cte: number;
  readonly next: CteBinding | undefined;
}

/** Where an expression stands. */
export interface Place {
  readonly scope: number;
  readonly ctes: CteBinding | undefined;
  readonly use: ColumnUse['use'];
}

export const NO_SCOPE = -1;
export const TOP: Place = { scope: NO_SCOPE, ctes: undefined, use: 'other' };

export class Walker {
  readonly outline: Outline = emptyOutline('UNKNOWN');
  readonly visited: Set<object>;
  /** Inside a definition that does not run now (a view, a rule's action): no verbs, nothing is written. */
  deferred = 0;

  constructor(visited: Set<object> = new Set()) {
    this.visited = visited;
    this.outline.verbs = [];
  }

  verb(verb: string): void {
    if (this.deferred === 0 && !this.outline.verbs.includes(verb)) this.outline.verbs.push(verb);
  }

  trait(trait: string): void {
    if (!this.outline.traits.includes(trait)) this.outline.traits.push(trait);
  }

  unknown(code: string): void {
    if (!this.outline.unknown.includes(code)) this.outline.unknown.push(code);
  }

  writes(): void {
    if (this.deferred === 0) this.outline.writes = true;
  }

  scope(items: readonly number[], parent: number): number {
    this.outline.scopes.push({ items, parent });
    return this.outline.scopes.length - 1;
  }

  item(item: ScopeItem): number {
    this.outline.items.push(item);
    return this.outline.items.length - 1;
  }

  /** Notes a RangeVar's relation and returns its index. */
  relation(
    range: Body,
    access: RelationAccess,
    options: { made?: boolean; descends?: boolean } = {},
  ): number {
    this.visited.add(range);
    const schema = textOf(range['schemaname']);
    const temporary = range['relpersistence'] === 't' || schema === 'pg_temp';
    if (options.made === true && temporary) this.trait('temporary');
    this.outline.relations.push({
      catalog: textOf(range['catalogname']),
      schema,
      name: textOf(range['relname']) ?? '',
      access: this.deferred > 0 && access === 'write' ? 'read' : access,
      descends: options.descends ?? range['inh'] === true,
      made: options.made === true,
      temporary,
    });
    return this.outline.relations.length - 1;
  }

  /** A relation named by a list of parts (`DROP TABLE a.b`), or by text (`'a.b'::regclass`). */
  relationByName(parts: readonly string[], access: RelationAccess): void {
    const name = parts.at(-1);
    if (name === undefined) return;
    this.outline.relations.push({
      catalog: parts.length > 2 ? parts.at(-3) : undefined,
      schema: parts.at(-2),
      name,
      access: this.deferred > 0 && access === 'write' ? 'read' : access,
      descends: true,
      made: false,
      temporary: false,
    });
  }

  function(parts: readonly string[], keywordSince?: number): void {
    const name = parts.at(-1);
    if (name === undefined) return;
    this.outline.functions.push({ schema: parts.at(-2), name, keywordSince });
  }

  operator(parts: readonly string[]): void {
    const name = parts.at(-1);
    if (name !== undefined) this.outline.operators.push({ schema: parts.at(-2), name });
  }

  column(
    place: Place,
    parts: readonly string[],
    options: {
      star?: boolean;
      outputNames?: 'first' | 'last' | undefined;
      outputs?: readonly string[];
      item?: number;
      use?: ColumnUse['use'];
    } = {},
  ): void {
    this.outline.columns.push({
      scope: place.scope,
      parts,
      star: options.star === true,
      use: options.use ?? place.use,
      outputNames: options.outputNames,
      outputs: options.outputs ?? [],
      item: options.item,
    });
  }
}

/** The name and column names of an Alias body. */
export function aliasOf(alias: Body | undefined): { alias: string | undefined; columns: string[] } {
  return alias === undefined
    ? { alias: undefined, columns: [] }
    : { alias: textOf(alias['aliasname']), columns: namesOf(alias['colnames']) };
}

export const named = (names: readonly string[]): Output[] => names.map((name) => ({ name }));
