/**
 * Whether the marks of `masking.columns` fit anything: one with a slip of the pen in it, or of a table that was renamed,
 * masks nothing, and nobody would notice.
 */
import type { GatehouseConfig, SecretSource, UpstreamConfig } from '../../config/config.ts';
import { type MarkableTable, markText, type UnusedMark, unusedMarks } from '../../domain/unused-marks.ts';
import { type Check, ok, reasonOf, skipped, warning } from './check.ts';

export interface TableSearch {
  readonly upstream: UpstreamConfig;
  readonly user: string;
  readonly password: SecretSource | undefined;
  readonly database: string;
}

/** Every table and view of a database, with its columns. Rejects with why it could not be asked. */
export type ReadTables = (search: TableSearch) => Promise<readonly MarkableTable[]>;

const ID = 'masking.columns';

export async function maskingMarks(
  config: GatehouseConfig,
  readTables: ReadTables,
): Promise<readonly Check[]> {
  const rules = config.masking.columns;
  if (rules.length === 0) return [];
  const looked = await Promise.all(config.upstreams.map((upstream) => lookIn(config, upstream, readTables)));
  const unasked = looked.flatMap(({ problems }) => problems);
  const asked = looked.flatMap(({ databases }) => databases);
  const checks: Check[] = [];
  let used = 0;
  for (const rule of rules) {
    const mark = markText(rule);
    const mine = asked.filter(({ upstream }) => rule.upstream === undefined || rule.upstream === upstream);
    const unused = mine.map(({ marks }) => marks.get(mark));
    // It may be for one of several databases, or for one that could not be asked.
    if (unused.some((each) => each === undefined)) used++;
    else if (mine.length > 0 && unasked.length === 0)
      checks.push(warned(rule.upstream, mark, unused as UnusedMark[], mine));
  }
  if (used > 0) checks.push(ok(ID, '', `${used} of ${rules.length} marks fit columns`));
  return [...checks, ...unasked];
}

interface Looked {
  readonly databases: readonly {
    readonly upstream: string;
    readonly name: string;
    readonly marks: ReadonlyMap<string, UnusedMark>;
  }[];
  readonly problems: readonly Check[];
}

async function lookIn(
  { masking }: GatehouseConfig,
  upstream: UpstreamConfig,
  readTables: ReadTables,
): Promise<Looked> {
  const subject = `upstream ${upstream.name}`;
  const { catalogue } = upstream;
  const names = upstream.databases ?? (catalogue?.database === undefined ? [] : [catalogue.database]);
  if (catalogue === undefined || names.length === 0) {
    const detail = 'marks are not looked for, since no database and catalogue role are named';
    return {
      databases: [],
      problems: [skipped(ID, subject, detail, 'name them in databases and catalogue')],
    };
  }
  const { user, password } = catalogue;
  const databases: Looked['databases'][number][] = [];
  const problems: Check[] = [];
  for (const name of names) {
    try {
      const tables = await readTables({ upstream, user, password, database: name });
      const unused = unusedMarks(masking.columns, upstream.name, tables);
      const marks = new Map(unused.map((each) => [each.mark, each]));
      databases.push({ upstream: upstream.name, name, marks });
    } catch (error) {
      problems.push(skipped(ID, subject, `${name} cannot be asked for columns: ${reasonOf(error)}`));
    }
  }
  return { databases, problems };
}

function warned(
  upstream: string | undefined,
  mark: string,
  unused: readonly UnusedMark[],
  databases: readonly { readonly name: string }[],
): Check {
  const subject = upstream === undefined ? `mark ${mark}` : `mark ${mark} of upstream ${upstream}`;
  const where = [...new Set(databases.map(({ name }) => name))].join(' and ');
  if (unused.some(({ why }) => why === 'fits_views_only'))
    return warning(
      ID,
      subject,
      `fits only columns of views in ${where}, where a mark does not hold`,
      'mark the columns of the tables behind them',
    );
  const nearest = unused.find((each) => each.nearest !== undefined)?.nearest;
  return warning(
    ID,
    subject,
    `fits no column of ${where}: it masks nothing`,
    nearest === undefined
      ? 'correct it in masking.columns, or take it out'
      : `is ${nearest} meant? Correct it in masking.columns, or take it out`,
  );
}
