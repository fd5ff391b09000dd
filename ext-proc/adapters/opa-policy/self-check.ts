/**
 * What a bundle must answer in form before it is put in force: one input of each kind, well formed, as the gate would
 * send it. The verdicts are the policy's own business; that there is one, and that it does not change when what the
 * manifest calls unseen is left out, is not.
 */
import type { Decision } from '../../domain/decision.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { type PolicyHttpRequest, wholeBody } from '../../domain/http-action.ts';
import type { PolicyAction, PolicyInput, PolicySession } from '../../domain/policy-input.ts';
import type { StatementDescription } from '../../domain/statement.ts';

const description: StatementDescription = {
  complete: true,
  unknown: [],
  verb: 'DELETE',
  verbs: ['DELETE'],
  writes: true,
  defines: false,
  relations: [
    {
      schema: 'public',
      name: 'people',
      qualified: 'public.people',
      kind: 'table',
      access: 'write',
      resolved: true,
      through: [],
    },
  ],
  columns: [],
  functions: [],
  unfiltered: ['public.people'],
  traits: [],
  setting: undefined,
  subject: undefined,
  inner: undefined,
  fingerprint: '',
};

const statement = { ...description, text: 'DELETE FROM people' };
const parameters = [{ type_oid: 23, format: 'text', value: '1', truncated: false }] as const;

const request: PolicyHttpRequest = {
  method: 'POST',
  host: 'self-check.invalid',
  path: '/people/1',
  template: '/people/{id}',
  parameters: { id: '1' },
  query: { limit: ['10'] },
  headers: { accept: 'application/json' },
  content_type: 'application/json',
  body: wholeBody('json', 12, { name: 'x' }),
  inspection: 'full',
};
const called: PolicyHttpRequest = {
  ...request,
  path: '/mcp',
  template: null,
  parameters: {},
  query: {},
  body: { kind: 'json', complete: true, bytes: 100 },
};
const message = { version: '2025-11-25' } as const;

const ACTIONS: Readonly<Record<'postgres' | 'http' | 'mcp', readonly PolicyAction[]>> = {
  postgres: [
    { kind: 'postgres.connect' },
    { kind: 'postgres.query', statement },
    { kind: 'postgres.parse', statement },
    { kind: 'postgres.execute', statement, parameters },
    {
      kind: 'postgres.execute',
      statement: { ...statement, inner: description },
      parameters: [],
    },
    { kind: 'postgres.function_call' },
  ],
  http: [
    { kind: 'http.request', request },
    {
      kind: 'http.request',
      request: { ...request, template: null, body: { kind: 'binary', complete: false, bytes: null } },
    },
    {
      kind: 'http.websocket',
      request: { ...request, method: 'GET', body: { kind: 'none', complete: true, bytes: 0 } },
    },
    { kind: 'http.message', request: { ...request, method: 'GET' } },
  ],
  mcp: [
    {
      kind: 'mcp.tool',
      request: called,
      mcp: { ...message, method: 'tools/call', tool: 'get_person', arguments: { id: 1 } },
    },
    {
      kind: 'mcp.resource',
      request: called,
      mcp: { ...message, method: 'resources/read', resource: 'people://1' },
    },
    {
      kind: 'mcp.prompt',
      request: called,
      mcp: { ...message, method: 'prompts/get', prompt: 'summary', arguments: {} },
    },
    { kind: 'mcp.list', request: called, mcp: { ...message, method: 'tools/list' } },
    { kind: 'mcp.session', request: called, mcp: { ...message, method: 'initialize' } },
    { kind: 'mcp.request', request: called, mcp: { ...message, method: 'ping' } },
    {
      kind: 'mcp.notification',
      request: called,
      mcp: { ...message, method: 'notifications/initialized' },
    },
    { kind: 'mcp.response', request: called, mcp: { ...message, method: '' } },
  ],
};

const SESSIONS: Readonly<Record<'postgres' | 'http' | 'mcp', PolicySession>> = {
  postgres: {
    client_address: '127.0.0.1:1',
    database: 'self-check',
    role: 'self-check',
    search_path: ['public'],
    transaction: 'idle',
    application_name: '',
  },
  http: { client_address: '127.0.0.1:1', route: 'self-check/self-check' },
  mcp: { client_address: '127.0.0.1:1', route: 'self-check/self-check' },
};

/** The inputs that a bundle is tried on. */
export const GOLDEN_INPUTS: readonly PolicyInput[] = (['postgres', 'http', 'mcp'] as const).flatMap(
  (protocol) =>
    ACTIONS[protocol].flatMap((action) =>
      [['developers'], []].map((groups) => ({
        version: 1 as const,
        principal: { subject: 'self-check', on_behalf_of: '', issuer: 'https://issuer.invalid', groups },
        upstream: { name: 'self-check', protocol, labels: { env: 'dev' } },
        session: SESSIONS[protocol],
        action,
      })),
    ),
);

/**
 * Tries a bundle through two ways to decide: on the whole input, and on what its manifest says it sees.
 * Throws `GH_POLICY_BUNDLE_SELF_CHECK` where a decision is the gate's own denial or the two differ.
 */
export function selfCheck(
  decideWhole: (input: PolicyInput) => Decision,
  decideProjected: (input: PolicyInput) => Decision,
): void {
  for (const input of GOLDEN_INPUTS) {
    const whole = decideWhole(input);
    if (whole.rule.startsWith('GH_')) {
      throw refusal(`answered ${input.action.kind} with ${whole.rule}`);
    }
    if (JSON.stringify(whole) !== JSON.stringify(decideProjected(input))) {
      throw refusal(`decides ${input.action.kind} by parts of the input that its manifest does not name`);
    }
  }
}

function refusal(what: string): GatehouseError {
  return new GatehouseError(
    'GH_POLICY_BUNDLE_SELF_CHECK',
    `The policy bundle ${what}; correct the policy and build it again with "gatehouse policy build".`,
  );
}
