/**
 * Who sends a request: the bearer token's principal (RFC 6750 section 2.1), verified as for every protocol. A token in
 * the query or the body is none.
 */
import type { Principal } from '../../domain/principal.ts';
import { Secret } from '../../domain/secret.ts';
import { fieldValues, type HeaderFields } from '../../protocols/http/header-fields.ts';
import type { HttpGate } from './http-gate.ts';

export type Identified =
  | { readonly ok: true; readonly principal: Principal; readonly expiresAtMs: number }
  | {
      readonly ok: false;
      readonly status: 401 | 403;
      readonly code: string;
      readonly publicMessage: string;
      /** RFC 6750 section 3.1; absent where no token was shown. */
      readonly error?: 'invalid_request' | 'invalid_token';
      /** Known where a good token was shown by somebody who may not come in. */
      readonly principal?: Principal;
    };

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

export async function identify(gate: HttpGate, fields: HeaderFields): Promise<Identified> {
  const values = fieldValues(fields, 'authorization');
  if (values.length === 0) {
    return {
      ok: false,
      status: 401,
      code: 'GH_HTTP_NO_TOKEN',
      publicMessage: 'Send an access token of the identity provider: Authorization: Bearer <token>.',
    };
  }
  const token = BEARER.exec(values[0] as string)?.[1];
  if (values.length > 1 || token === undefined) {
    return {
      ok: false,
      status: 401,
      code: 'GH_HTTP_AUTHORIZATION',
      publicMessage: 'Send one Authorization header, with a bearer token in it.',
      error: 'invalid_request',
    };
  }
  const verdict = await gate.verifier.verify(new Secret(token));
  if (!verdict.ok) {
    return {
      ok: false,
      status: 401,
      code: verdict.code,
      publicMessage: verdict.publicMessage,
      error: 'invalid_token',
    };
  }
  const { principal, expiresAtMs } = verdict.identity;
  if (gate.state.isBlocked(principal)) {
    return {
      ok: false,
      status: 403,
      code: 'GH_PRINCIPAL_BLOCKED',
      publicMessage: "This principal is blocked; ask the gate's operators.",
      principal,
    };
  }
  return { ok: true, principal, expiresAtMs };
}
