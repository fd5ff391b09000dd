/**
 * Which fields of a request's header belong to what it asks. All that a server may act on, but for what names the one
 * sending (traces, connections, lengths) and what the gate puts or takes off itself. A field that nobody knows counts:
 * `Destination` of WebDAV or `X-Amz-Copy-Source` say what is done as much as the path does.
 */
import type { HeaderField, HeaderFields } from './header-fields.ts';
import { withoutWait } from './prefer.ts';

const NOT_SEALED: ReadonlySet<string> = new Set([
  // Of the connection, and of how the body is carried.
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'priority',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'early-data',
  // Made anew with each opening of a WebSocket, or taken off.
  'sec-websocket-key',
  'sec-websocket-extensions',
  // Of caches and of what the client is; a newer version of it asks the same.
  'cache-control',
  'pragma',
  'date',
  'user-agent',
  'accept-encoding',
  // Traces.
  'traceparent',
  'tracestate',
  'b3',
  'x-request-id',
  'x-correlation-id',
  'correlation-id',
  'request-id',
  'x-amzn-trace-id',
  'x-cloud-trace-context',
  'uber-trace-id',
  'sentry-trace',
  'elastic-apm-traceparent',
  'newrelic',
  'x-ot-span-context',
  // Of the one attempt, for logs: SDKs that send again by themselves make them anew.
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'client-request-id',
  'x-client-request-id',
  'x-ms-client-request-id',
  'x-stainless-retry-count',
]);
/**
 * Context that applications read (W3C Baggage). Tracers write into it with each sending, so it is not sealed; a server may
 * act on it, so it does not go on with what people have approved.
 */
export const UNSEALED_CONTEXT: readonly string[] = ['baggage'];

const NOT_SEALED_PREFIXES = ['x-forwarded-', 'x-envoy-', 'x-gatehouse-', 'x-b3-', 'x-datadog-'];

export interface SealedHeaderOptions {
  /** Names that do not go on: credentials of the agent's. */
  readonly takenOff: readonly string[];
  /** Cookies go on. */
  readonly cookies: boolean;
}

/** Those that count, by name; lines of one name keep their order. */
export function sealedHeaders(fields: HeaderFields, options: SealedHeaderOptions): readonly HeaderField[] {
  const takenOff = new Set(options.takenOff);
  return fields
    .flatMap(([name, value]): readonly HeaderField[] => {
      if (name.startsWith(':') || NOT_SEALED.has(name) || takenOff.has(name)) return [];
      if (UNSEALED_CONTEXT.includes(name)) return [];
      if (NOT_SEALED_PREFIXES.some((prefix) => name.startsWith(prefix))) return [];
      if (name === 'cookie' && !options.cookies) return [];
      if (name !== 'prefer') return [[name, value]];
      const rest = withoutWait(value);
      return rest === undefined ? [] : [[name, rest]];
    })
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
