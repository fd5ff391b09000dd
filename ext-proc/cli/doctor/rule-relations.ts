/**
 * Whether the tables and schemas that rules and settings speak of by name are in the upstream's databases: a name with
 * a slip of the pen in it, or a table that was renamed, is protected by nothing, and nobody would notice.
 */
import type { SecretSource, UpstreamConfig } from '../../config/config.ts';
import { exampleRelations } from '../../domain/policy-example.ts';
import type { Check } from './check.ts';
import { ok, reasonOf, skipped, warning } from './check.ts';
import { array, at, text } from './envoy-tree.ts';
import type { PolicyProbe } from './rule-probes.ts';

export interface RelationSearch {
  readonly upstream: UpstreamConfig;
  readonly user: string;
  readonly password: SecretSource | undefined;
  readonly database: string;
  /** `schema.name`, or `schema.*` for a schema. */
  readonly names: readonly string[];
}

/** Those of the names that the database has. Rejects with why it could not be asked. */
export type FindRelations = (search: RelationSearch) => Promise<ReadonlySet<string>>;

const ID = 'policy.relations';

export async function relationsOfRules(
  { manifest, data }: PolicyProbe,
  upstream: UpstreamConfig,
  find: FindRelations,
): Promise<readonly Check[]> {
  if (upstream.protocol !== 'postgres') return [];
  const subject = `upstream ${upstream.name}`;
  const wanted = new Map<string, string>();
  for (const { id, example, protocols } of manifest.rules) {
    if (example === undefined || !protocols.includes(upstream.protocol)) continue;
    for (const name of exampleRelations(example)) wanted.set(name, `the example of ${id}`);
  }
  for (const restriction of array(at(data, 'settings', 'postgres', 'relations', 'restricted'))) {
    for (const name of array(at(restriction, 'relations')).map(text))
      wanted.set(name, 'settings.postgres.relations.restricted');
  }
  for (const entry of array(at(data, 'settings', 'postgres', 'held_writes'))) {
    if (!isAbout(entry, upstream.name)) continue;
    for (const name of array(at(entry, 'relations')).map(text)) {
      // A glob other than a whole schema's fits what nobody can list.
      if (!name.replace(/\.\*$/, '').includes('*')) wanted.set(name, 'settings.postgres.held_writes');
    }
  }
  if (wanted.size === 0) return [];
  const { catalogue } = upstream;
  const databases = upstream.databases ?? (catalogue?.database === undefined ? [] : [catalogue.database]);
  if (catalogue === undefined || databases.length === 0) {
    const detail = `not looked for, since no database and catalogue role are named: ${[...wanted.keys()].join(', ')}`;
    return [skipped(ID, subject, detail, 'name them in databases and catalogue')];
  }
  const { user, password } = catalogue;
  const found = new Set<string>();
  for (const database of databases) {
    try {
      const there = await find({ upstream, user, password, database, names: [...wanted.keys()] });
      for (const name of there) found.add(name);
    } catch (error) {
      return [skipped(ID, subject, `${database} cannot be asked for tables: ${reasonOf(error)}`)];
    }
  }
  const missing = [...wanted].filter(([name]) => !found.has(name));
  if (missing.length === 0) return [ok(ID, subject, `has all that rules name: ${[...found].join(', ')}`)];
  return missing.map(([name, where]) =>
    warning(
      ID,
      subject,
      `${where} names ${name}, which ${databases.join(' and ')} ${databases.length === 1 ? 'has' : 'have'} not`,
      'correct the name, or take it out if it is for another upstream',
    ),
  );
}

/** An entry that names upstreams is about those alone. */
function isAbout(entry: unknown, upstream: string): boolean {
  const names = at(entry, 'upstreams');
  if (!Array.isArray(names)) return true;
  return names.some((name) => {
    const pieces = text(name)
      .split('*')
      .map((piece) => RegExp.escape(piece));
    return new RegExp(`^${pieces.join('.*')}$`, 's').test(upstream);
  });
}
