/**
 * A rule's example: what it must object to (or, for a rule that allows, what it must allow), written in its METADATA in
 * as few words as tell it, and made whole here so that it can be decided. Pure. A text `data.settings.…` stands for
 * what the settings hold there, for a rule that has nothing to look for until they say so.
 */
import { assertNever } from './errors.ts';
import { isListOf, isRecord, isText, otherMember, type Form } from './policy-example-forms.ts';
import {
  HTTP_KINDS,
  MCP_FORMS,
  MCP_KINDS,
  REQUEST_FORMS,
  wholeMessage,
  wholeRequest,
} from './policy-example-request.ts';
import { STATEMENT_FORMS, wholeStatement } from './policy-example-statement.ts';
import type { ActionKind, PolicyAction, PostgresActionKind } from './policy-input.ts';
import type { HttpActionKind } from './http-action.ts';
import type { McpActionKind } from './mcp-action.ts';

/** As written: what is left out is a plain SELECT without objects, or a plain GET. */
export interface PolicyExample {
  readonly kind?: ActionKind;
  /** Of PostgreSQL. */
  readonly statement?: Readonly<Record<string, unknown>>;
  /** Of HTTP. */
  readonly request?: Readonly<Record<string, unknown>>;
  /** Of MCP. */
  readonly mcp?: Readonly<Record<string, unknown>>;
  /** Groups that the principal is in, besides those that let it in. */
  readonly groups?: readonly string[];
}

type Part = 'statement' | 'request' | 'mcp';

/** The part that says what an action of this kind is; undefined where the kind alone says it. */
const PART_OF: ReadonlyMap<unknown, Part | undefined> = new Map<ActionKind, Part | undefined>([
  ['postgres.connect', undefined],
  ['postgres.query', 'statement'],
  ['postgres.parse', 'statement'],
  ['postgres.execute', 'statement'],
  ['postgres.function_call', undefined],
  ...HTTP_KINDS.map((kind) => [kind, 'request'] as const),
  ...MCP_KINDS.map((kind) => [kind, 'mcp'] as const),
]);
const FORMS: Readonly<Record<Part, Readonly<Record<string, Form>>>> = {
  statement: STATEMENT_FORMS,
  request: REQUEST_FORMS,
  mcp: MCP_FORMS,
};

/** The example, or what is wrong with it as the end of a sentence that begins with its place. */
export function readPolicyExample(value: unknown): PolicyExample | { readonly wrong: string } {
  if (!isRecord(value)) return { wrong: 'must be an object' };
  const { kind, statement, request, mcp, groups, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) return { wrong: `has an unknown key ${other}` };
  if (kind !== undefined && !PART_OF.has(kind)) return { wrong: 'has an unknown kind' };
  if (groups !== undefined && !isListOf(isText)(groups)) return { wrong: 'needs a list of texts as groups' };
  const given = {
    ...(kind === undefined ? undefined : { kind: kind as ActionKind }),
    ...(groups === undefined ? undefined : { groups: groups as readonly string[] }),
  };
  const part = kind === undefined ? 'statement' : PART_OF.get(kind);
  const parts = { statement, request, mcp };
  for (const [name, member] of Object.entries(parts)) {
    if (member !== undefined && name !== part)
      return { wrong: `has a ${name}, and ${String(kind ?? 'postgres.query')} has none` };
  }
  if (part === undefined) return given;
  const said = parts[part];
  // A request is a plain GET where nothing is said of it; a statement needs at least that there is one.
  if (said === undefined) return part === 'statement' ? { wrong: 'needs a statement' } : given;
  if (!isRecord(said)) return { wrong: `needs an object as ${part}` };
  const wrong = otherMember(said, FORMS[part]);
  return wrong === undefined ? { ...given, [part]: said } : { wrong: `cannot have this in ${part}.${wrong}` };
}

/** The action that the example is, or the path in the settings where there is nothing. `data` is the bundle's. */
export function exampleAction(
  example: PolicyExample,
  data: unknown,
): { readonly action: PolicyAction } | { readonly missing: string } {
  const { kind = 'postgres.query' } = example;
  const part = PART_OF.get(kind);
  if (part === undefined) return { action: { kind: kind as PostgresActionKind } };
  const missing: string[] = [];
  const filled = fill(example[part] ?? {}, data, missing) as Readonly<Record<string, unknown>>;
  if (missing[0] !== undefined) return { missing: missing[0] };
  switch (part) {
    case 'request':
      return { action: { kind: kind as HttpActionKind, request: wholeRequest(filled) } };
    case 'mcp': {
      const request = wholeRequest({ method: 'POST', path: '/mcp', body: { kind: 'json' } });
      const mcp = wholeMessage(kind as McpActionKind, filled);
      return { action: { kind: kind as McpActionKind, request, mcp } };
    }
    case 'statement': {
      const described = wholeStatement(filled);
      return {
        action: {
          kind: kind as PostgresActionKind,
          statement: { ...described, text: `-- an example of ${described.verb}` },
          ...(kind === 'postgres.execute' ? { parameters: [] } : undefined),
        },
      };
    }
    default:
      return assertNever(part);
  }
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
