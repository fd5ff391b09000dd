/**
 * What a bundle must answer in form before it is put in force: one input of each kind, well formed, as the gate would
 * send it. The verdicts are the policy's own business; that there is one, and that it does not change when what the
 * manifest calls unseen is left out, is not.
 */
import type { Decision } from '../../domain/decision.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { PolicyAction, PolicyInput } from '../../domain/policy-input.ts';
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

const ACTIONS: readonly PolicyAction[] = [
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
];

/** The inputs that a bundle is tried on. */
export const GOLDEN_INPUTS: readonly PolicyInput[] = ACTIONS.flatMap((action) =>
  [['developers'], []].map((groups) => ({
    version: 1 as const,
    principal: { subject: 'self-check', on_behalf_of: '', issuer: 'https://issuer.invalid', groups },
    upstream: { name: 'self-check', protocol: 'postgres', labels: { env: 'dev' } },
    session: {
      client_address: '127.0.0.1:1',
      database: 'self-check',
      role: 'self-check',
      search_path: ['public'],
      transaction: 'idle' as const,
      application_name: '',
    },
    action,
  })),
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
