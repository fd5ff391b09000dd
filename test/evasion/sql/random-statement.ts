/**
 * Statements at random, most of them valid: nested queries, CTEs named as tables, aliases that shadow, correlated
 * and lateral subqueries, renamed columns. Made for comparing the gate's description with the server's analysis.
 */
export type Choose = (below: number) => number;

interface Visible {
  readonly alias: string;
  readonly columns: readonly string[];
}

const TABLES: Readonly<Record<string, readonly string[]>> = {
  people: ['id', 'name', 'email', 'phone', 'card', 'ssn', 'notes'],
  orders: ['id', 'person_id', 'total', 'note'],
  secrets: ['id', 'label', 'token'],
  'shadow.people': ['id', 'harmless'],
  people_public: ['id', 'name'],
  cards: ['c'],
  only_here: ['id'],
};
const ALIASES = ['a', 'b', 'people', 'orders', 'card', 'id'];
const WILD = ['card', 'token', 'id', 'harmless', 'people', 'orders', 'a', 'leak', 'ctid'];

class Generator {
  readonly #choose: Choose;
  #budget: number;
  constructor(choose: Choose) {
    this.#choose = choose;
    this.#budget = 1 + choose(14);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#choose(list.length)] as T;
  }

  #chance(percent: number): boolean {
    return this.#choose(100) < percent;
  }

  /** A column reference, mostly one that is visible. */
  #column(levels: readonly (readonly Visible[])[]): string {
    const items = levels.flat();
    if (items.length === 0 || this.#chance(6)) return this.#one(WILD);
    const item = this.#one(this.#chance(70) ? (levels[0] ?? items) : items) ?? this.#one(items);
    const column = this.#one(item.columns);
    if (column === undefined) return this.#one(WILD);
    if (this.#chance(8)) return item.alias;
    if (this.#chance(5)) return `(${item.alias}).${column}`;
    return this.#chance(55) ? `${item.alias}.${column}` : column;
  }

  #value(levels: readonly (readonly Visible[])[], ctes: readonly Visible[]): string {
    const kind = this.#choose(12);
    if (kind < 6) return `${this.#column(levels)}::text`;
    if (kind < 7) return `coalesce(${this.#column(levels)}::text, 'x')`;
    if (kind < 8) return `CASE WHEN ${this.#condition(levels, ctes)} THEN ${this.#column(levels)}::text END`;
    if (kind < 9) return 'people_count()::text';
    if (kind < 10 && this.#budget > 0) return `(${this.select(levels, ctes, 1).sql} LIMIT 1)::text`;
    return `'k'`;
  }

  #condition(levels: readonly (readonly Visible[])[], ctes: readonly Visible[]): string {
    const kind = this.#choose(8);
    if (kind < 4) return `${this.#column(levels)}::text = ${this.#value(levels, ctes)}`;
    if (kind < 5 && this.#budget > 0) return `EXISTS (${this.select(levels, ctes).sql})`;
    if (kind < 6 && this.#budget > 0)
      return `${this.#column(levels)}::text IN (${this.select(levels, ctes, 1).sql})`;
    return `${this.#column(levels)} IS NOT NULL`;
  }

  #fromItem(
    siblings: readonly Visible[],
    outer: readonly (readonly Visible[])[],
    ctes: readonly Visible[],
  ): { sql: string; items: Visible[] } {
    const kind = this.#choose(10);
    if (kind < 5 || this.#budget <= 0) {
      const cte = ctes.length > 0 && this.#chance(45) ? this.#one(ctes) : undefined;
      const table = cte?.alias ?? this.#one(Object.keys(TABLES));
      const columns = cte?.columns ?? TABLES[table] ?? [];
      const bare = table.split('.').at(-1) as string;
      if (this.#chance(45)) return { sql: table, items: [{ alias: bare, columns }] };
      const alias = this.#one(ALIASES);
      if (columns.length > 1 && this.#chance(25)) {
        return {
          sql: `${table} AS ${alias}(r1, r2)`,
          items: [{ alias, columns: ['r1', 'r2', ...columns.slice(2)] }],
        };
      }
      return { sql: `${table} AS ${alias}`, items: [{ alias, columns }] };
    }
    if (kind < 7) {
      const lateral = this.#chance(50);
      const inner = this.select(lateral ? [siblings, ...outer] : outer, ctes);
      const alias = this.#one(ALIASES);
      const renamed = this.#chance(25);
      return {
        sql: `${lateral ? 'LATERAL ' : ''}(${inner.sql}) AS ${alias}${renamed ? '(z1)' : ''}`,
        items: [{ alias, columns: renamed ? ['z1', ...inner.columns.slice(1)] : inner.columns }],
      };
    }
    if (kind < 9) {
      this.#budget--;
      const left = this.#fromItem(siblings, outer, ctes);
      const right = this.#fromItem([...siblings, ...left.items], outer, ctes);
      const both = [...left.items, ...right.items];
      const shared = left.items[0]?.columns.find((column) => right.items[0]?.columns.includes(column));
      const on = this.#choose(4);
      const join =
        on === 0 && shared !== undefined && left.items.length === 1 && right.items.length === 1
          ? `USING (${shared})`
          : `ON ${this.#condition([both, ...outer], ctes)}`;
      const kindOf = this.#one(['JOIN', 'LEFT JOIN']);
      if (this.#chance(20)) {
        const alias = this.#one(['j', 'people']);
        return {
          sql: `(${left.sql} ${kindOf} ${right.sql} ${join}) AS ${alias}`,
          items: [{ alias, columns: both.flatMap((item) => item.columns) }],
        };
      }
      return { sql: `${left.sql} ${kindOf} ${right.sql} ${join}`, items: both };
    }
    const alias = this.#one(['f', 'card', 'people']);
    return { sql: `generate_series(1, 3) AS ${alias}`, items: [{ alias, columns: [alias] }] };
  }

  select(
    outer: readonly (readonly Visible[])[],
    ctes: readonly Visible[],
    width?: number,
  ): { sql: string; columns: string[] } {
    this.#budget--;
    let known = ctes;
    let prefix = '';
    if (this.#budget > 2 && this.#chance(22)) {
      const name = this.#one(['people', 'orders', 'w', 'secrets']);
      const recursive = this.#chance(15);
      const inner = this.select(outer, ctes);
      const renamed = this.#chance(30);
      const columns = renamed ? ['q1', ...inner.columns.slice(1)] : inner.columns;
      prefix = `WITH ${recursive ? 'RECURSIVE ' : ''}${name}${renamed ? '(q1)' : ''} AS (${inner.sql}) `;
      known = [{ alias: name, columns }, ...ctes];
    }
    const items: Visible[] = [];
    const from: string[] = [];
    for (let count = this.#choose(3); count >= 0; count--) {
      const item = this.#fromItem(items, outer, known);
      from.push(item.sql);
      items.push(...item.items);
    }
    const levels = [items, ...outer];
    const targets: string[] = [];
    const columns: string[] = [];
    const count = width ?? 1 + this.#choose(3);
    for (let index = 0; index < count; index++) {
      const star = width === undefined ? this.#choose(10) : 9;
      if (star === 0) {
        targets.push('*');
        columns.push(...items.flatMap((item) => item.columns));
      } else if (star === 1 && items.length > 0) {
        const item = this.#one(items);
        targets.push(`${item.alias}.*`);
        columns.push(...item.columns);
      } else if (this.#chance(60)) {
        const name = this.#one(['card', 'token', 'x', 'y', 'name', 'id']);
        targets.push(`${this.#value(levels, known)} AS ${name}`);
        columns.push(name);
      } else {
        const column = this.#column(levels);
        targets.push(column);
        columns.push(column.split('.').at(-1) as string);
      }
    }
    let sql = `${prefix}SELECT ${targets.join(', ')} FROM ${from.join(', ')}`;
    if (this.#chance(50)) sql += ` WHERE ${this.#condition(levels, known)}`;
    if (this.#chance(15)) sql += ` ORDER BY ${this.#chance(50) ? this.#one(columns) : this.#column(levels)}`;
    return { sql, columns };
  }

  statement(): string {
    const kind = this.#choose(10);
    if (kind < 6) return this.select([], []).sql;
    const target = this.#one(['people', 'orders', 'secrets']);
    const columns = TABLES[target] as readonly string[];
    const alias = this.#chance(40) ? this.#one(ALIASES) : target;
    const self: Visible = { alias, columns };
    const as = alias === target ? '' : ` AS ${alias}`;
    const returning = this.#chance(30) ? ` RETURNING ${this.#column([[self]])}` : '';
    if (kind < 8) {
      const source = this.#fromItem([self], [], []);
      const levels = [[self, ...source.items]];
      const set = this.#one(columns.slice(1));
      return `UPDATE ${target}${as} SET ${set} = NULL FROM ${source.sql} WHERE ${this.#condition(levels, [])}${returning}`;
    }
    if (kind < 9) {
      const source = this.#fromItem([self], [], []);
      return `DELETE FROM ${target}${as} USING ${source.sql} WHERE ${this.#condition([[self, ...source.items]], [])}${returning}`;
    }
    return `INSERT INTO ${target}${as} (${columns[1]}) ${this.select([], [], 1).sql}${returning}`;
  }
}

export const randomStatement = (choose: Choose): string => new Generator(choose).statement();
