/**
 * Names to objects by PostgreSQL's rules (documentation section 5.10.3; namespace.c): pg_temp first, then pg_catalog
 * unless the path lists it, then the path. What cannot be told for certain is unresolved, never guessed.
 */
import type { NameContext } from '../../../domain/ports.ts';
import type { FunctionUse, RelationUse } from '../../../domain/statement.ts';
import type { CatalogueRelation, CatalogueSnapshot } from './catalogue-snapshot.ts';
import type { OutlineFunction, OutlineName, OutlineRelation } from './outline.ts';

export interface ResolvedRelation {
  readonly use: RelationUse;
  readonly entry: CatalogueRelation | undefined;
}

export class NameResolution {
  readonly unknown = new Set<string>();
  readonly #snapshot: CatalogueSnapshot | undefined;
  readonly #context: NameContext;
  readonly #path: readonly string[] | undefined;

  constructor(snapshot: CatalogueSnapshot | undefined, context: NameContext) {
    this.#snapshot = snapshot;
    this.#context = context;
    this.#path = effectivePath(snapshot, context);
  }

  get snapshot(): CatalogueSnapshot | undefined {
    return this.#snapshot;
  }

  /** Whether the path is known, and with it that the session has no definitions of its own which the catalogue lacks. */
  get settled(): boolean {
    return this.#path !== undefined;
  }

  /**
   * Whether the session may have changed the relation, or something that it is made of, in its open transaction, or
   * made another of that name: the catalogue's word for its columns is then not the last one.
   */
  mayBeRedefined({ kind, name, through }: CatalogueRelation): boolean {
    const followed = kind === 'view' || kind === 'materialized_view';
    if (followed && !this.settled) return true;
    const own = this.#context.temporaryNames;
    if (own === undefined || own.size === 0) return false;
    return (
      own.has(name) || (followed && through.some((other) => own.has(other.slice(other.lastIndexOf('.') + 1))))
    );
  }

  /** What a relation's name stands for: usually one, more where the path alone does not decide. */
  relation(outlined: OutlineRelation): ResolvedRelation[] {
    const { schema, name } = outlined;
    if (outlined.catalog !== undefined && outlined.catalog !== this.#context.database) {
      return [this.#unresolved(outlined, 'unresolved_relation')];
    }
    if (outlined.made) return [this.#made(outlined)];
    if (schema !== undefined) {
      const entry = isTemporarySchema(schema)
        ? undefined
        : this.#snapshot?.schemas.get(schema)?.relations.get(name);
      return [
        entry === undefined ? this.#unresolved(outlined, 'unresolved_relation') : found(outlined, entry),
      ];
    }
    if (this.#isTemporary(name)) return [this.#unresolved(outlined, 'temporary_relation')];
    if (this.#path === undefined) return [this.#unresolved(outlined, 'unresolved_search_path')];
    const results: ResolvedRelation[] = [];
    for (const candidate of this.#path) {
      const space = this.#snapshot?.schemas.get(candidate);
      const entry = space?.relations.get(name);
      if (entry === undefined) continue;
      results.push(found(outlined, entry));
      if (space?.publicUsage === true) break;
    }
    return results.length > 0 ? results : [this.#unresolved(outlined, 'unresolved_relation')];
  }

  /** Every function that a call may reach: overloads in several schemas are told apart by types, which are not known here. */
  functions(outlined: OutlineFunction): FunctionUse[] {
    const { name } = outlined;
    let { schema } = outlined;
    const version = this.#snapshot?.serverVersion;
    if (outlined.keywordSince !== undefined && (version === undefined || version >= outlined.keywordSince))
      return [];
    // The grammar of 16 and later gives json_object(…) its schema; an older server looks it up as any other name.
    if (schema === 'pg_catalog' && name === 'json_object' && (version ?? 0) < 160_000) schema = undefined;
    if (schema !== undefined) {
      const entry = this.#snapshot?.schemas.get(schema)?.functions.get(name);
      if (entry !== undefined) return [{ schema, name, resolved: true, volatility: entry.volatility }];
      if (this.#snapshot === undefined && schema === 'pg_catalog') {
        return [{ schema, name, resolved: true, volatility: 'unknown' }];
      }
      return [this.#unresolvedFunction(name, 'unresolved_function')];
    }
    if (this.#path === undefined) return [this.#unresolvedFunction(name, 'unresolved_search_path')];
    const results: FunctionUse[] = [];
    for (const candidate of this.#path) {
      const entry = this.#snapshot?.schemas.get(candidate)?.functions.get(name);
      if (entry !== undefined)
        results.push({ schema: candidate, name, resolved: true, volatility: entry.volatility });
    }
    return results.length > 0 ? results : [this.#unresolvedFunction(name, 'unresolved_function')];
  }

  /** Functions of users that `x.name` would call, were there no such column. */
  fieldFunctions(name: string): FunctionUse[] {
    if (this.#snapshot === undefined) return [];
    const results: FunctionUse[] = [];
    for (const candidate of this.#path ?? this.#snapshot.schemas.keys()) {
      if (candidate === 'pg_catalog' || candidate === 'information_schema') continue;
      const entry = this.#snapshot.schemas.get(candidate)?.functions.get(name);
      if (entry !== undefined)
        results.push({ schema: candidate, name, resolved: true, volatility: entry.volatility });
    }
    return results;
  }

  operator({ schema, name }: OutlineName): void {
    const places = this.#snapshot?.operators.get(name);
    if (schema === 'pg_catalog') return;
    if (schema !== undefined) {
      if (places?.get(schema) !== 'extension') this.unknown.add(`user_operator`);
      return;
    }
    if (places === undefined) return;
    for (const [place, origin] of places) {
      if (origin === 'user' && (this.#path === undefined || this.#path.includes(place)))
        this.unknown.add('user_operator');
    }
  }

  typeFunctions({ schema, name }: OutlineName): readonly FunctionUse[] {
    const places = this.#snapshot?.typeFunctions.get(name);
    if (places === undefined) return [];
    if (schema !== undefined) return places.get(schema) ?? [];
    return [...places].flatMap(([place, functions]) =>
      this.#path === undefined || this.#path.includes(place) ? functions : [],
    );
  }

  #isTemporary(name: string): boolean {
    const own = this.#context.temporaryNames;
    return own === undefined ? this.#snapshot?.temporaryNames.has(name) === true : own.has(name);
  }

  #made(outlined: OutlineRelation): ResolvedRelation {
    const path = this.#path?.filter((schema) => schema !== 'pg_catalog');
    const schema = outlined.temporary ? 'pg_temp' : (outlined.schema ?? path?.[0]);
    if (schema === undefined) return this.#unresolved(outlined, 'unresolved_search_path');
    return {
      use: use(outlined, schema, { kind: 'unknown', resolved: true, through: [] }),
      entry: undefined,
    };
  }

  #unresolved(outlined: OutlineRelation, code: string): ResolvedRelation {
    this.unknown.add(this.#snapshot === undefined ? 'catalogue_unavailable' : code);
    if (this.#snapshot === undefined) this.unknown.add(code);
    const written = [outlined.catalog, outlined.schema, outlined.name].filter((part) => part !== undefined);
    return {
      use: {
        schema: '',
        name: outlined.name,
        qualified: written.join('.'),
        kind: 'unknown',
        access: outlined.access,
        resolved: false,
        through: [],
      },
      entry: undefined,
    };
  }

  #unresolvedFunction(name: string, code: string): FunctionUse {
    if (this.#snapshot === undefined) this.unknown.add('catalogue_unavailable');
    this.unknown.add(code);
    return { schema: '', name, resolved: false, volatility: 'unknown' };
  }
}

const isTemporarySchema = (schema: string): boolean => schema === 'pg_temp' || /^pg_temp_\d+$/.test(schema);

function use(
  outlined: OutlineRelation,
  schema: string,
  rest: Pick<RelationUse, 'kind' | 'resolved' | 'through'>,
): RelationUse {
  return {
    schema,
    name: outlined.name,
    qualified: `${schema}.${outlined.name}`,
    access: outlined.access,
    ...rest,
  };
}

function found(outlined: OutlineRelation, entry: CatalogueRelation): ResolvedRelation {
  const through = outlined.descends ? [...entry.through, ...entry.inheritors] : entry.through;
  return { use: use(outlined, entry.schema, { kind: entry.kind, resolved: true, through }), entry };
}

/** The schemas in which an unqualified name is looked for; undefined where the path is not known. */
function effectivePath(snapshot: CatalogueSnapshot | undefined, context: NameContext): string[] | undefined {
  if (context.searchPath === undefined) return undefined;
  const path: string[] = [];
  for (const entry of context.searchPath) {
    const schema = entry === '$user' ? context.role : entry;
    if (schema === 'pg_temp') continue;
    if (snapshot !== undefined && !snapshot.schemas.has(schema)) continue;
    if (!path.includes(schema)) path.push(schema);
  }
  return path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
}
