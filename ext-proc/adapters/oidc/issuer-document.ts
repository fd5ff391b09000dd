/**
 * One JSON document from an issuer, fetched with every limit: https except on loopback, no redirects, a deadline
 * over the whole exchange, and a size that is counted as it arrives. Refuses to send anything but the GET.
 */
import { GatehouseError } from '../../domain/errors.ts';

const DOCUMENT_BYTES_MAX = 524_288;

export interface FetchRules {
  readonly timeoutMs: number;
  /** Aborted when the verifier closes. */
  readonly signal: AbortSignal;
}

/** Throws GH_ISSUER_ADDRESS for a URL that must not be asked, GH_ISSUER_UNREACHABLE for everything else. */
export async function fetchIssuerDocument(
  address: string,
  rules: FetchRules,
): Promise<Record<string, unknown>> {
  const url = issuerUrl(address);
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json', connection: 'close' },
      signal: AbortSignal.any([rules.signal, AbortSignal.timeout(rules.timeoutMs)]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(
        `answered ${response.status}${response.status >= 300 && response.status < 400 ? ': redirects are not followed' : ''}`,
      );
    }
    const value: unknown = JSON.parse(await readBounded(response));
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('is not a JSON object');
    return value as Record<string, unknown>;
  } catch (cause) {
    throw unreachable(address, cause);
  }
}

export function unreachable(address: string, cause: unknown): GatehouseError {
  const why =
    cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : 'failed';
  return new GatehouseError('GH_ISSUER_UNREACHABLE', 'The issuer cannot be reached.', {
    message: `${address}: ${why}`,
    cause,
  });
}

/** An absolute URL that keys may be fetched from: https, or http on loopback; no user, password or fragment. */
export function issuerUrl(address: string): URL {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') {
    throw addressError(address, 'is not a plain absolute URL');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    throw addressError(address, 'must be https (http is for loopback only)');
  }
  return url;
}

function addressError(address: string, why: string): GatehouseError {
  return new GatehouseError('GH_ISSUER_ADDRESS', "The gate's issuer is configured wrongly.", {
    message: `issuer address ${JSON.stringify(address.slice(0, 200))} ${why}`,
  });
}

export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  // Leaving the loop cancels the body, so a larger answer is not read on.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > DOCUMENT_BYTES_MAX) throw new Error(`is larger than ${DOCUMENT_BYTES_MAX} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
