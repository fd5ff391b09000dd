/**
 * Statements at random in which values go every way that SQL has: functions, casts, aggregates, windows, whole rows,
 * subqueries of all kinds, set operations, recursion, joins that merge columns, changes that return rows. Most are
 * valid, and their results depend on nothing but the rows.
 */
export type Choose = (below: number) => number;

interface Visible {
  readonly alias: string;
  readonly columns: readonly string[];
  /** It has a row type that `alias::text` and `to_jsonb(alias)` take. */
  readonly row: boolean;
}

type Levels = readonly (readonly Visible[])[];

const TABLES: Readonly<Record<string, readonly string[]>> = {
  people: ['id', 'name', 'email', 'card', 'ssn', 'notes'],
  orders: ['id', 'person_id', 'total', 'note'],
  secrets: ['id', 'label', 'token'],
  vault: ['id', 'card', 'tail', 'tags', 'doc', 'home'],
  copies: ['id', 'a', 'b'],
  linked: ['card', 'note', 'tag'],
  people_archive: ['id', 'name', 'card'],
  'shadow.people': ['id', 'harmless'],
  people_public: ['id', 'name'],
  cards: ['c'],
  over_view: ['name', 'total'],
  people_copy: ['id', 'name', 'card', 'ssn'],
  renamed: ['number', 'of'],
  nested: ['n', 'o'],
  selected: ['id', 'name'],
  united: ['id', 'value'],
  whole: ['person', 'document'],
  counted: ['brand', 'many'],
  merged: ['id', 'name', 'card', 'token'],
  brands: ['brand'],
  chained: ['n', 'v'],
};
const ALIASES = ['a', 'b', 't', 'people', 'card', 'x'];

export class RandomFlow {
  readonly #choose: Choose;
  #budget: number;

  constructor(choose: Choose) {
    this.#choose = choose;
    this.#budget = 2 + choose(12);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#choose(list.length)] as T;
  }

  #chance(percent: number): boolean {
    return this.#choose(100) < percent;
  }

  #spend(): boolean {
    return this.#budget-- > 0;
  }

  #reference(levels: Levels): string {
    const items = levels.flat();
    const own = levels[0] ?? [];
    const item = this.#one(own.length > 0 && this.#chance(80) ? own : items);
    if (item === undefined) return `'k'`;
    const column = this.#one(item.columns);
    if (column === undefined) return `'k'`;
    if (item.row && this.#chance(6)) return `(${item.alias}).${column}`;
    return this.#chance(70) ? `${item.alias}.${column}` : column;
  }

  /** A value of type text. */
  #text(levels: Levels, ctes: readonly Visible[], depth = 0): string {
    const inner = (): string => this.#text(levels, ctes, depth + 1);
    if (depth > 3 || !this.#spend()) return `${this.#reference(levels)}::text`;
    const rows = levels.flat().filter(({ row }) => row);
    const row = this.#one(rows)?.alias;
    switch (this.#choose(34)) {
      case 0:
        return `lower(${inner()})`;
      case 1:
        return `left(${inner()}, ${1 + this.#choose(3)})`;
      case 2:
        return `(${inner()} || ${inner()})`;
      case 3:
        return `coalesce(${inner()}, ${inner()})`;
      case 4:
        return `nullif(${inner()}, ${inner()})`;
      case 5:
        return `CASE WHEN ${this.#condition(levels, ctes, depth + 1)} THEN ${inner()} ELSE ${inner()} END`;
      case 6:
        return `CASE ${inner()} WHEN ${inner()} THEN 'y' ELSE 'n' END`;
      case 7:
        return `greatest(${inner()}, ${inner()})`;
      case 8:
        return `concat_ws('-', ${inner()}, ${inner()})`;
      case 9:
        return `length(${inner()})::text`;
      case 10:
        return `md5(${inner()})`;
      case 11:
        return row === undefined ? inner() : `${row}::text`;
      case 12:
        return row === undefined ? inner() : `to_jsonb(${row})::text`;
      case 13:
        return row === undefined ? inner() : `row_to_json(${row})::text`;
      case 14:
        return `(ARRAY[${inner()}, ${inner()}])[${1 + this.#choose(2)}]`;
      case 15:
        return `ARRAY[${inner()}]::text`;
      case 16:
        return `ROW(${inner()}, ${inner()})::text`;
      case 17:
        return `(${this.select(levels, ctes, 1).sql} ORDER BY 1 LIMIT 1)`;
      case 18:
        return `EXISTS (${this.select(levels, ctes).sql})::text`;
      case 19:
        return `(${inner()} IN (${this.select(levels, ctes, 1).sql}))::text`;
      case 20:
        return `ARRAY(${this.select(levels, ctes, 1).sql} ORDER BY 1)::text`;
      case 21:
        return `(SELECT string_agg(${this.#one(['g.v', 'g.w'])}, ',' ORDER BY g.${this.#one(['v', 'w'])}, g.v, g.w) FROM (${this.#two(levels, ctes)}) g)`;
      case 22:
        return `(SELECT count(*) FILTER (WHERE g.v > 'b') FROM (${this.#two(levels, ctes)}) g)::text`;
      case 23:
        return `(SELECT ${this.#one(['min', 'max', 'longest'])}(g.${this.#one(['v', 'w'])} ORDER BY g.v, g.w) FROM (${this.#two(levels, ctes)}) g)`;
      case 24:
        return `card_of(${this.#choose(4)})`;
      case 25:
        return `initial(${inner()})`;
      case 26:
        return `checked_out(${1 + this.#choose(4)})`;
      case 27:
        return `(${inner()} COLLATE "C")`;
      case 28:
        return `${inner()}::varchar(${1 + this.#choose(4)})`;
      case 29:
        return row === undefined
          ? inner()
          : `(to_jsonb(${row}) ->> ${this.#one([`'card'`, `'id'`, `'token'`])})`;
      case 30:
        return `(SELECT s.z FROM (VALUES (${inner()}), (${inner()})) s(z) ORDER BY 1 LIMIT 1)`;
      case 31:
        return `(${inner()} = ANY (ARRAY[${inner()}, 'pear']))::text`;
      case 32:
        return `(ROW(${inner()}, 1) < ROW(${inner()}, 2))::text`;
      default:
        return `${this.#reference(levels)}::text`;
    }
  }

  #two(levels: Levels, ctes: readonly Visible[]): string {
    const from = this.#from(levels, ctes, []);
    const own: Levels = [from.items, ...levels];
    return `SELECT ${this.#text(own, ctes, 2)} AS v, ${this.#text(own, ctes, 2)} AS w FROM ${from.sql}`;
  }

  #condition(levels: Levels, ctes: readonly Visible[], depth = 0): string {
    const text = (): string => this.#text(levels, ctes, depth + 1);
    switch (this.#choose(8)) {
      case 0:
        return `${text()} = ${text()}`;
      case 1:
        return `${text()} < ${text()}`;
      case 2:
        return `${text()} LIKE '4%'`;
      case 3:
        return `${this.#reference(levels)} IS NOT NULL`;
      case 4:
        return `EXISTS (${this.select(levels, ctes).sql})`;
      case 5:
        return `(${text()} > 'b' OR ${text()} = 'ada')`;
      case 6:
        return `${text()} IN (${this.select(levels, ctes, 1).sql})`;
      default:
        return `${this.#reference(levels)}::text > '2'`;
    }
  }

  #from(
    outer: Levels,
    ctes: readonly Visible[],
    siblings: readonly Visible[],
  ): { sql: string; items: Visible[] } {
    const alias = this.#one(ALIASES);
    const kind = this.#spend() ? this.#choose(20) : 0;
    if (kind < 8) return this.#table(ctes);
    if (kind < 10) {
      const lateral = this.#chance(50);
      const inner = this.select(lateral ? [siblings, ...outer] : outer, ctes);
      const renamed = inner.columns.length > 0 && this.#chance(30);
      const columns = renamed ? ['z1', ...inner.columns.slice(1)] : inner.columns;
      const sql = `${lateral ? 'LATERAL ' : ''}(${inner.sql}) AS ${alias}${renamed ? '(z1)' : ''}`;
      return { sql, items: [{ alias, columns, row: true }] };
    }
    if (kind < 14) return this.#join(outer, ctes, siblings, alias);
    const levels: Levels = siblings.length === 0 ? outer : [siblings, ...outer];
    const text = this.#text(levels, ctes, 2);
    const row = this.#one(siblings.filter((item) => item.row))?.alias;
    switch (kind) {
      case 14:
        return {
          sql: `unnest(ARRAY[${text}, 'k']::text[]) AS ${alias}(u)`,
          items: [{ alias, columns: ['u'], row: false }],
        };
      case 15:
        return {
          sql: `regexp_split_to_table(${text}, '') WITH ORDINALITY AS ${alias}(part, place)`,
          items: [{ alias, columns: ['part', 'place'], row: true }],
        };
      case 16:
        if (row !== undefined)
          return {
            sql: `jsonb_each_text(to_jsonb(${row})) AS ${alias}`,
            items: [{ alias, columns: ['key', 'value'], row: true }],
          };
        return {
          sql: `pairs() AS ${alias}`,
          items: [{ alias, columns: ['left_one', 'right_one'], row: true }],
        };
      case 17:
        return {
          sql: `named(${text}) AS ${alias}`,
          items: [{ alias, columns: ['id', 'name', 'card', 'ssn'], row: true }],
        };
      case 18:
        return {
          sql: `(VALUES (${text}, 1), ('v', 2)) AS ${alias}(v1, v2)`,
          items: [{ alias, columns: ['v1', 'v2'], row: true }],
        };
      default:
        return {
          sql: `generate_series(1, length(${text})) AS ${alias}`,
          items: [{ alias, columns: [alias], row: false }],
        };
    }
  }

  #table(ctes: readonly Visible[]): { sql: string; items: Visible[] } {
    const cte = ctes.length > 0 && this.#chance(45) ? this.#one(ctes) : undefined;
    const table = cte?.alias ?? this.#one(Object.keys(TABLES));
    const columns = cte?.columns ?? TABLES[table] ?? [];
    const bare = table.split('.').at(-1) as string;
    if (this.#chance(45)) return { sql: table, items: [{ alias: bare, columns, row: true }] };
    const alias = this.#one(ALIASES);
    if (columns.length > 1 && cte !== undefined && this.#chance(30)) {
      const renamed = ['r1', ...columns.slice(1)];
      return { sql: `${table} AS ${alias}(r1)`, items: [{ alias, columns: renamed, row: true }] };
    }
    return { sql: `${table} AS ${alias}`, items: [{ alias, columns, row: true }] };
  }

  #join(
    outer: Levels,
    ctes: readonly Visible[],
    siblings: readonly Visible[],
    alias: string,
  ): { sql: string; items: Visible[] } {
    const left = this.#from(outer, ctes, siblings);
    const right = this.#from(outer, ctes, [...siblings, ...left.items]);
    const both = [...left.items, ...right.items];
    const shared = left.items[0]?.columns.find((column) => right.items[0]?.columns.includes(column));
    const kind = this.#one(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
    const merges = shared !== undefined && left.items.length === 1 && right.items.length === 1;
    const how = merges ? this.#choose(4) : 3;
    const sql =
      how === 0
        ? `${left.sql} NATURAL ${kind === 'FULL JOIN' ? 'JOIN' : kind} ${right.sql}`
        : how === 1
          ? `${left.sql} ${kind} ${right.sql} USING (${shared})`
          : how === 2
            ? `${left.sql} ${kind} ${right.sql} USING (${shared}) AS u1`
            : `${left.sql} ${this.#one(['JOIN', 'LEFT JOIN'])} ${right.sql} ON ${this.#condition([both], ctes, 2)}`;
    if (how === 2) both.push({ alias: 'u1', columns: [shared as string], row: false });
    if (how === 3 && this.#chance(15)) {
      const columns = both.flatMap((item) => item.columns);
      return { sql: `(${sql}) AS ${alias}`, items: [{ alias, columns, row: true }] };
    }
    return { sql, items: both };
  }

  #with(outer: Levels, ctes: readonly Visible[]): { prefix: string; known: readonly Visible[] } {
    const name = this.#one(['w', 'people', 'orders', 'secrets']);
    if (this.#chance(25)) {
      const base = this.select(outer, ctes, 2);
      const own: Visible = { alias: name, columns: ['n', 'v1', 'v2'], row: true };
      const step = `SELECT n + 1, ${this.#text([[own]], ctes, 2)}, v1 FROM ${name} WHERE n < 3`;
      const sql = `WITH RECURSIVE ${name}(n, v1, v2) AS (SELECT 1, q.* FROM (${base.sql}) q(c1, c2) UNION ALL ${step}) `;
      return { prefix: sql, known: [own, ...ctes] };
    }
    const inner = this.select(outer, ctes);
    const renamed = inner.columns.length > 0 && this.#chance(30);
    const columns = renamed ? ['q1', ...inner.columns.slice(1)] : inner.columns;
    return {
      prefix: `WITH ${name}${renamed ? '(q1)' : ''} AS (${inner.sql}) `,
      known: [{ alias: name, columns, row: true }, ...ctes],
    };
  }

  select(outer: Levels, ctes: readonly Visible[], width?: number): { sql: string; columns: string[] } {
    const wide = width ?? 1 + this.#choose(3);
    if (this.#budget > 3 && this.#chance(10)) {
      const left = this.select(outer, ctes, wide);
      const right = this.select(outer, ctes, wide);
      const operation = this.#one(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT']);
      return { sql: `(${left.sql}) ${operation} (${right.sql})`, columns: left.columns };
    }
    const bound =
      this.#budget > 3 && this.#chance(15) ? this.#with(outer, ctes) : { prefix: '', known: ctes };
    const { known } = bound;
    const items: Visible[] = [];
    const from: string[] = [];
    for (let count = this.#chance(25) ? 1 : 0; count >= 0; count--) {
      const item = this.#from(outer, known, items);
      from.push(item.sql);
      items.push(...item.items);
    }
    const levels: Levels = [items, ...outer];
    const where = this.#chance(40) ? ` WHERE ${this.#condition(levels, known, 1)}` : '';
    const tail = `FROM ${from.join(', ')}${where}`;
    const grouped = width !== 1 && this.#chance(12);
    if (grouped) return this.#grouped(bound.prefix, tail, levels, known, wide);
    const targets: string[] = [];
    const columns: string[] = [];
    for (let index = 0; index < wide; index++) {
      const name = this.#one(['card', 'x', 'y', 'name', 'id']);
      const kind = width === undefined ? this.#choose(10) : 9;
      if (kind === 0) {
        targets.push('*');
        columns.push(...items.flatMap((item) => item.columns));
      } else if (kind === 1 && items.length > 0) {
        const item = this.#one(items);
        targets.push(`${item.alias}.*`);
        columns.push(...item.columns);
      } else if (kind === 2) {
        const value = this.#text(levels, known, 2);
        const function_ = this.#one(['row_number()', `lag(${value})`, 'count(*)']);
        // Rows that are alike in the order must be alike in what is taken of them.
        const order = `ORDER BY ${this.#text(levels, known, 2)}, ${value}`;
        targets.push(`${function_} OVER (${order})::text AS ${name}`);
        columns.push(name);
      } else if (kind === 3 && width === undefined) {
        const reference = this.#reference(levels);
        targets.push(reference);
        columns.push(reference.split('.').at(-1) as string);
      } else {
        targets.push(`${this.#text(levels, known)} AS ${name}`);
        columns.push(name);
      }
    }
    const distinct = this.#choose(20);
    const how = distinct === 0 ? 'DISTINCT ' : '';
    let sql = `${bound.prefix}SELECT ${how}${targets.join(', ')} ${tail}`;
    if (width === undefined && this.#chance(25)) {
      const order = this.#one([
        String(1 + this.#choose(targets.length)),
        this.#one(columns),
        `${this.#reference(levels)}::text`,
      ]);
      sql += ` ORDER BY ${order}`;
      // By every column, so that it does not depend on the plan which rows are left.
      if (columns.length === targets.length && this.#chance(40))
        sql += `, ${columns.map((_, place) => place + 1).join(', ')} LIMIT ${1 + this.#choose(3)}`;
    }
    return { sql, columns };
  }

  #grouped(
    prefix: string,
    tail: string,
    levels: Levels,
    ctes: readonly Visible[],
    wide: number,
  ): { sql: string; columns: string[] } {
    const key = this.#text(levels, ctes, 2);
    const targets = [`${key} AS g`];
    for (let index = 1; index < wide; index++) {
      const value = this.#text(levels, ctes, 2);
      targets.push(
        this.#one([
          `max(${value})`,
          `count(DISTINCT ${value})::text`,
          `string_agg(${value}, '+' ORDER BY ${value})`,
          `array_agg(${value} ORDER BY ${value})::text`,
          `count(*) FILTER (WHERE ${value} > 'b')::text`,
          `jsonb_object_agg(coalesce(${value}, '-'), 1)::text`,
        ]) + ` AS m${index}`,
      );
    }
    const having = this.#chance(30) ? ` HAVING max(${this.#text(levels, ctes, 2)}) > 'a'` : '';
    const group = this.#one([' GROUP BY 1', ' GROUP BY g', ' GROUP BY ROLLUP (1)', ` GROUP BY ${key}`]);
    const columns = targets.map((target) => target.slice(target.lastIndexOf(' ') + 1));
    return { sql: `${prefix}SELECT ${targets.join(', ')} ${tail}${group}${having}`, columns };
  }

  /** Rows that nothing chooses, so that an output tells of a column only if it is made of it. */
  fixedRows(): string {
    const copies: Levels = [[{ alias: 'c', columns: ['id', 'a', 'b'], row: true }]];
    const targets = ['x', 'y'].map((name) => `${this.#text(copies, [], 0)} AS ${name}`);
    return `SELECT c.id, ${targets.join(', ')} FROM copies c`;
  }

  statement(): string {
    const kind = this.#choose(14);
    if (kind < 9) return this.select([], []).sql;
    if (kind === 9)
      return `VALUES (${this.#text([], [], 1)}, 1), ((${this.select([], [], 1).sql} ORDER BY 1 LIMIT 1), 2)`;
    const target = this.#one(['people', 'orders', 'copies', 'secrets']);
    const columns = TABLES[target] as readonly string[];
    const self: Visible = { alias: target, columns, row: true };
    const own: Levels = [[self]];
    const returning = ` RETURNING ${this.#one(['*', `${this.#text(own, [], 2)} AS r`, this.#reference(own)])}`;
    const set = columns.at(-1) as string;
    if (kind === 10) {
      const source = this.#from([], [], []);
      const levels: Levels = [[self, ...source.items]];
      return `UPDATE ${target} SET ${set} = ${this.#text(levels, [], 1)} FROM ${source.sql} WHERE ${this.#condition(levels, [], 1)}${returning}`;
    }
    if (kind === 11) {
      const source = this.#from([], [], []);
      const levels: Levels = [[self, ...source.items]];
      return `DELETE FROM ${target} USING ${source.sql} WHERE ${this.#condition(levels, [], 1)}${returning}`;
    }
    if (kind === 12) {
      const inner = this.select([], [], 1).sql;
      return `WITH n AS (INSERT INTO copies (id, b) SELECT 100 + row_number() OVER (), q.c FROM (${inner}) q(c) RETURNING *) SELECT * FROM n, (SELECT count(*) FROM n) m`;
    }
    return `INSERT INTO copies (id, b) SELECT 100 + row_number() OVER (), q.c FROM (${this.select([], [], 1).sql}) q(c) ON CONFLICT (id) DO UPDATE SET a = excluded.b RETURNING *, ${this.#text([[{ alias: 'copies', columns: ['id', 'a', 'b'], row: true }]], [], 2)} AS r`;
  }
}

export const randomFlow = (choose: Choose): string => new RandomFlow(choose).statement();
export const randomFixedRows = (choose: Choose): string => new RandomFlow(choose).fixedRows();
