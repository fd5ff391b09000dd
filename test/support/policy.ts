/** Inputs of policy for tests, and bundles made out of a built one with other data. */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '../../ext-proc/domain/log.ts';
import { bodyFields, jsonFields } from '../../ext-proc/domain/body-fields.ts';
import { bodyMembers } from '../../ext-proc/domain/body-members.ts';
import type { HttpActionKind, PolicyHttpBody, PolicyHttpRequest } from '../../ext-proc/domain/http-action.ts';
import type { McpActionKind, PolicyMcpMessage } from '../../ext-proc/domain/mcp-action.ts';
import type { PolicyInput, PostgresActionKind } from '../../ext-proc/domain/policy-input.ts';
import type { FunctionUse, RelationUse, StatementDescription } from '../../ext-proc/domain/statement.ts';

const ROOT = resolve(import.meta.dirname, '../..');
export const DEFAULT_BUNDLE = join(ROOT, 'policies-rego/bundle');
export const ALLOW_ALL_BUNDLE = join(ROOT, 'policies-rego/allow-all/bundle');
export const HOLDS_BUNDLE = join(ROOT, 'test/policies/holds/bundle');
export const PROBE_BUNDLE = join(ROOT, 'test/policies/probe/bundle');

export const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

export const PEOPLE: RelationUse = {
  schema: 'public',
  name: 'people',
  qualified: 'public.people',
  kind: 'table',
  access: 'read',
  resolved: true,
  through: [],
};

export const builtin = (name: string, volatility: FunctionUse['volatility'] = 'stable'): FunctionUse => ({
  schema: 'pg_catalog',
  name,
  resolved: true,
  volatility,
});

/** `SELECT name FROM people`, with what is different. */
export function description(fields: Partial<StatementDescription> = {}): StatementDescription {
  return {
    complete: true,
    unknown: [],
    verb: 'SELECT',
    verbs: [fields.verb ?? 'SELECT'],
    writes: false,
    defines: false,
    relations: [PEOPLE],
    columns: [{ relation: 'public.people', name: 'name', use: 'target' }],
    functions: [],
    unfiltered: [],
    traits: [],
    setting: undefined,
    subject: undefined,
    inner: undefined,
    fingerprint: '50fde20626009aba',
    ...fields,
  };
}

export interface InputOptions {
  readonly groups?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly kind?: PostgresActionKind;
  readonly text?: string;
  readonly parameters?: readonly (string | null)[];
}

/** A developer's query on a development upstream, with what is different. */
export function policyInput(
  fields: Partial<StatementDescription> = {},
  options: InputOptions = {},
): PolicyInput {
  const kind = options.kind ?? 'postgres.query';
  const hasStatement = kind !== 'postgres.connect' && kind !== 'postgres.function_call';
  return {
    version: 1,
    principal: {
      subject: 'agent:claude-1',
      on_behalf_of: 'alice@example.com',
      issuer: 'https://issuer.example.com',
      groups: options.groups ?? ['developers'],
    },
    upstream: { name: 'app', protocol: 'postgres', labels: options.labels ?? { env: 'dev' } },
    session: {
      client_address: '127.0.0.1:40000',
      database: 'app',
      role: 'app_developer',
      search_path: ['public'],
      transaction: 'idle',
      application_name: 'psql',
    },
    action: {
      kind,
      ...(hasStatement
        ? { statement: { ...description(fields), text: options.text ?? 'SELECT name FROM people' } }
        : undefined),
      ...(options.parameters === undefined
        ? undefined
        : {
            parameters: options.parameters.map((value) => ({
              type_oid: 25,
              format: 'text' as const,
              value,
              truncated: false,
            })),
          }),
    },
  };
}

export interface RequestOptions<Kind> {
  readonly groups?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly kind?: Kind;
}

const PLAIN_REQUEST: PolicyHttpRequest = {
  method: 'GET',
  host: 'api.example.com',
  path: '/people/1',
  template: '/people/{id}',
  parameters: { id: '1' },
  query: {},
  headers: { accept: 'application/json' },
  content_type: '',
  body: { kind: 'none', complete: true, bytes: 0 },
  inspection: 'full',
};

/** A developer's GET of a development API, with what is different. */
export const httpInput = (
  fields: Partial<PolicyHttpRequest> = {},
  options: RequestOptions<HttpActionKind> = {},
): PolicyInput => ({
  ...requestEnvelope('http', options),
  action: {
    kind: options.kind ?? 'http.request',
    request: {
      ...PLAIN_REQUEST,
      ...fields,
      ...(fields.body === undefined ? {} : { body: whole(fields.body) }),
    },
  },
});

/** As the gate hands it over: with the fields and the first level of its value. */
function whole(body: PolicyHttpBody): PolicyHttpBody {
  if (body.value === undefined) return body;
  const members = bodyMembers(body.value);
  const fields = bodyFields(body.kind, body.value);
  return { fields, ...(members === undefined ? {} : { members }), ...body };
}

/** A developer's call of get_person on a development MCP server, with what is different. */
export const mcpInput = (
  fields: Partial<PolicyMcpMessage> = {},
  options: RequestOptions<McpActionKind> = {},
): PolicyInput => ({
  ...requestEnvelope('mcp', options),
  action: {
    kind: options.kind ?? 'mcp.tool',
    request: { ...PLAIN_REQUEST, method: 'POST', path: '/mcp', template: null, parameters: {} },
    mcp: withFields({
      version: '2025-11-25',
      method: 'tools/call',
      ...((options.kind ?? 'mcp.tool') === 'mcp.tool' ? { tool: 'get_person', arguments: { id: 1 } } : {}),
      ...fields,
    }),
  },
});

const withFields = (message: PolicyMcpMessage): PolicyMcpMessage =>
  message.arguments === undefined ? message : { argument_fields: jsonFields(message.arguments), ...message };

const requestEnvelope = (
  protocol: 'http' | 'mcp',
  { groups = ['developers'], labels = { env: 'dev' } }: RequestOptions<unknown>,
): Omit<PolicyInput, 'action'> => ({
  version: 1,
  principal: {
    subject: 'agent:claude-1',
    on_behalf_of: 'alice@example.com',
    issuer: 'https://issuer.example.com',
    groups,
  },
  upstream: { name: protocol === 'http' ? 'api' : 'crm', protocol, labels },
  session: { client_address: '127.0.0.1:40000', route: `main/${protocol}` },
});

/** A bundle's folder of its own, that a test may change; `dispose` removes it. */
export async function copyBundle(bundle: string): Promise<{ folder: string; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bundle-'));
  await cp(bundle, folder, { recursive: true });
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** Gives a bundle other data, and its manifest the digest that fits, with whatever else is to be different in it. */
export async function changeBundle(
  folder: string,
  change: { readonly data?: unknown; readonly manifest?: Readonly<Record<string, unknown>> },
): Promise<void> {
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  if (change.data !== undefined) {
    const data = JSON.stringify(change.data);
    await writeFile(join(folder, 'data.json'), data);
    const sha256 = createHash('sha256').update(data).digest('hex');
    manifest['data'] = { sha256, bytes: Buffer.byteLength(data) };
  }
  await writeFile(file, JSON.stringify({ ...manifest, ...change.manifest }));
}
