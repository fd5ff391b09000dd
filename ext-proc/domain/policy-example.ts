/**
 * A rule's example: what it must object to (or, for a rule that allows, what it must allow), written in its METADATA in
 * as few words as tell it, and made whole here so that it can be decided. Pure. A text `data.settings.…` stands for
 * what the settings hold there, for a rule that has nothing to look for until they say so.
 */
import type { PolicyAction, PostgresActionKind } from './policy-input.ts';
import type { FunctionUse, RelationUse, StatementDescription } from './statement.ts';

/** As written: what is left out is a plain SELECT without objects. */
export interface PolicyExample {
  readonly kind?: PostgresActionKind;
  readonly statement?: Readonly<Record<string, unknown>>;
  /** Groups that the principal is in, besides those that let it in. */
  readonly groups?: readonly string[];
}

const KINDS: ReadonlySet<unknown> = new Set<PostgresActionKind>([
  'postgres.connect',
  'postgres.query',
  'postgres.parse',
  'postgres.execute',
  'postgres.function_call',
]);
const WITHOUT_STATEMENT: ReadonlySet<unknown> = new Set(['postgres.connect', 'postgres.function_call']);

const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOf =
  (accepts: (member: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(accepts);
/** A record with text in `required`, and nothing beside `required` and `others`. */
const isObject =
  (required: string, others: Readonly<Record<string, (value: unknown) => boolean>>) =>
  (value: unknown): boolean =>
    isRecord(value) &&
    isText(value[required]) &&
    Object.entries(value).every(([key, member]) => key === required || others[key]?.(member) === true);

const STATEMENT_KEYS: Readonly<Record<string, (value: unknown) => boolean>> = {
  verb: isText,
  verbs: isListOf(isText),
  writes: isFlag,
  defines: isFlag,
  unknown: isListOf(isText),
  traits: isListOf(isText),
  unfiltered: isListOf(isText),
  relations: isListOf(
    isObject('qualified', { kind: isText, access: isText, resolved: isFlag, through: isListOf(isText) }),
  ),
  functions: isListOf(isObject('name', { schema: isText, resolved: isFlag, volatility: isText })),
  setting: isObject('name', { value: isText, local: isFlag }),
};

/** The example, or what is wrong with it as the end of a sentence that begins with its place. */
export function readPolicyExample(value: unknown): PolicyExample | { readonly wrong: string } {
  if (!isRecord(value)) return { wrong: 'must be an object' };
  const { kind, statement, groups, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) return { wrong: `has an unknown key ${other}` };
  if (kind !== undefined && !KINDS.has(kind)) return { wrong: 'has an unknown kind' };
  if (groups !== undefined && !isListOf(isText)(groups)) return { wrong: 'needs a list of texts as groups' };
  const given = {
    ...(kind === undefined ? undefined : { kind: kind as PostgresActionKind }),
    ...(groups === undefined ? undefined : { groups: groups as readonly string[] }),
  };
  if (statement === undefined) {
    return WITHOUT_STATEMENT.has(kind) ? given : { wrong: 'needs a statement' };
  }
  if (WITHOUT_STATEMENT.has(kind)) return { wrong: `has a statement, and ${String(kind)} has none` };
  if (!isRecord(statement)) return { wrong: 'needs an object as statement' };
  for (const [key, member] of Object.entries(statement)) {
    if (STATEMENT_KEYS[key]?.(member) !== true) return { wrong: `cannot have this in statement.${key}` };
  }
  return { ...given, statement };
}

/** The action that the example is, or the path in the settings where there is nothing. `data` is the bundle's. */
export function exampleAction(
  { kind = 'postgres.query', statement }: PolicyExample,
  data: unknown,
): { readonly action: PolicyAction } | { readonly missing: string } {
  if (statement === undefined) return { action: { kind } };
  const missing: string[] = [];
  const filled = fill(statement, data, missing) as Readonly<Record<string, unknown>>;
  if (missing[0] !== undefined) return { missing: missing[0] };
  const described = whole(filled);
  return {
    action: {
      kind,
      statement: { ...described, text: `-- an example of ${described.verb}` },
      ...(kind === 'postgres.execute' ? { parameters: [] } : undefined),
    },
  };
}

/** Relations of the database's own that the example names itself, qualified; not those that settings name. */
export function exampleRelations({ statement }: PolicyExample): readonly string[] {
  const relations = (statement?.['relations'] ?? []) as readonly { readonly qualified: string }[];
  return relations
    .map(({ qualified }) => qualified)
    .filter(
      (name) => !name.startsWith(SETTINGS) && !/^(pg_catalog|information_schema|pg_toast)\./.test(name),
    );
}

const SETTINGS = 'data.settings.';

function fill(value: unknown, data: unknown, missing: string[]): unknown {
  if (isText(value) && value.startsWith(SETTINGS)) {
    let found: unknown = { data };
    for (const step of value.split('.'))
      found = (found as Readonly<Record<string, unknown>> | undefined)?.[step];
    if (!isText(found)) missing.push(value);
    // What covers a whole schema is met by any name in it.
    return isText(found) ? found.replace(/\.\*$/, '.example') : value;
  }
  if (Array.isArray(value)) return value.map((member) => fill(member, data, missing));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, data, missing)]));
}

function whole(given: Readonly<Record<string, unknown>>): StatementDescription {
  const {
    relations = [],
    functions = [],
    setting,
    ...others
  } = given as {
    relations?: readonly (Partial<RelationUse> & { qualified: string })[];
    functions?: readonly (Partial<FunctionUse> & { name: string })[];
    setting?: { name: string; value?: string; local?: boolean };
  } & Partial<StatementDescription>;
  const verb = others.verb ?? 'SELECT';
  const unknown = others.unknown ?? [];
  return {
    complete: unknown.length === 0,
    unknown,
    verb,
    verbs: [verb],
    writes: false,
    defines: false,
    columns: [],
    unfiltered: [],
    traits: [],
    subject: undefined,
    inner: undefined,
    fingerprint: '',
    ...others,
    relations: relations.map((relation) => {
      const dot = relation.qualified.indexOf('.');
      return {
        schema: relation.qualified.slice(0, Math.max(dot, 0)),
        name: relation.qualified.slice(dot + 1),
        kind: 'table',
        access: 'read',
        resolved: true,
        through: [],
        ...relation,
      };
    }),
    functions: functions.map((each) => ({
      schema: 'pg_catalog',
      resolved: true,
      volatility: 'stable',
      ...each,
    })),
    setting:
      setting === undefined
        ? undefined
        : { name: setting.name, value: setting.value, local: setting.local ?? false },
  };
}
