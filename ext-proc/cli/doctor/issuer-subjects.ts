/**
 * Whether an agent's human and a reviewer can be told to be one person: an issuer may call the same person by another `sub`
 * at each client (OpenID Connect Core section 8.1), and says so at its discovery (OpenID Connect Discovery section 3).
 */
import { fetchIssuerDocument } from '../../adapters/oidc/issuer-document.ts';
import type { GatehouseConfig, IssuerConfig } from '../../config/config.ts';
import type { Check } from './check.ts';
import { ok, reasonOf, skipped, warning } from './check.ts';

const ID = 'approvals.four_eyes';
const TIMEOUT_MS = 5_000;

/** None where there are no approvals. */
export async function issuerSubjects({
  approvals,
  issuers,
}: Pick<GatehouseConfig, 'approvals' | 'issuers'>): Promise<readonly Check[]> {
  return approvals === undefined ? [] : Promise.all(issuers.map(subjectsOf));
}

type Issuer = Pick<IssuerConfig, 'issuer' | 'claims'>;

async function subjectsOf({ issuer, claims }: Issuer): Promise<Check> {
  const subject = `issuer ${issuer}`;
  if (claims.person !== undefined) return ok(ID, subject, `people are told apart by ${claims.person}`);
  try {
    const { subject_types_supported: types } = await fetchIssuerDocument(
      `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
      { timeoutMs: TIMEOUT_MS, signal: new AbortController().signal },
    );
    if (Array.isArray(types) && types.length > 0 && types.every((type) => type === 'pairwise')) {
      return warning(
        ID,
        subject,
        'it calls a person by another sub at each client, so that only email, preferred_username and upn tell that a reviewer is who an agent acts for',
        'set issuers[].claims.person to a claim that is the same at every client (oid of Entra ID), and have it in the tokens of agents and of the console',
      );
    }
    return ok(ID, subject, 'a person has one sub there');
  } catch (error) {
    return skipped(
      ID,
      subject,
      `whether a person has one sub there it does not say: ${error instanceof Error ? error.message : reasonOf(error)}`,
    );
  }
}
