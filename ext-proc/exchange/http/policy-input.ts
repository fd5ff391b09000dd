/** The input of a decision about a request. */
import type { PolicyAction, PolicyInput } from '../../domain/policy-input.ts';
import type { Principal } from '../../domain/principal.ts';
import type { HttpRoute } from './http-gate.ts';

export function policyInput(
  { name, upstream }: HttpRoute,
  principal: Principal,
  clientAddress: string,
  action: PolicyAction,
): PolicyInput {
  return {
    version: 1,
    principal: {
      subject: principal.subject,
      on_behalf_of: principal.onBehalfOf ?? '',
      issuer: principal.issuer,
      groups: principal.groups,
    },
    upstream: { name: upstream.name, protocol: upstream.protocol, labels: upstream.labels },
    session: { client_address: clientAddress, route: name },
    action,
  };
}
