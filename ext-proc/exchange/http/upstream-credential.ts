/** The credential with which a request goes on, or the denial of one that cannot have it. */
import { gateDenial, type Decision } from '../../domain/decision.ts';
import type { HttpCredential } from '../../domain/ports.ts';
import type { HttpCaller } from './http-event.ts';
import type { HttpGate } from './http-gate.ts';

export type FoundCredential =
  | { readonly ok: true; readonly credential: HttpCredential }
  | { readonly ok: false; readonly denial: Decision; readonly status: number };

/** Never rejects. */
export async function upstreamCredential(
  { credentials, log }: HttpGate,
  { principal, route }: HttpCaller,
  bundleHash: string,
): Promise<FoundCredential> {
  const { name } = route.upstream;
  try {
    const credential = await credentials.credentialFor(name, principal?.groups ?? []);
    if (credential !== undefined) return { ok: true, credential };
    const reason =
      "No credential of the upstream is mapped to this principal's groups; ask the gate's operators.";
    return { ok: false, status: 403, denial: gateDenial('GH_NO_CREDENTIAL', reason, bundleHash) };
  } catch (error) {
    log.warn({ err: error, upstream: name }, 'credential not to be had');
    const reason = "The gate could not get its credential for the upstream; tell the gate's operators.";
    return { ok: false, status: 503, denial: gateDenial('GH_CREDENTIAL_UNAVAILABLE', reason, bundleHash) };
  }
}
