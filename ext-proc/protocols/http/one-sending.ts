/**
 * Which fields of a request's header are of its one sending: clients, SDKs and browsers make them anew each time, from the
 * clock, the body or a random number, and they say nothing of what is done. The like of a request has others in them, as it
 * has another body. The very same request is sealed with them (sealed-headers.ts).
 *
 * Owns no field that a server takes part of its orders from: `X-Goog-Request-Params` names the resource, `X-Timestamp` sets
 * an object's time in Swift, and `X-Amz-Checksum-Algorithm` or `X-Checksum-Deploy` say what is to be done. What nobody knows
 * is none either.
 */

const OF_ONE_SENDING: ReadonlySet<string> = new Set([
  // What makes a repetition known for one.
  'idempotency-key',
  'x-idempotency-key',
  'idempotence-key',
  'paypal-request-id',
  'i-twilio-idempotency-token',
  'x-goog-gcs-idempotency-token',
  'opc-retry-token',
  'repeatability-request-id',
  'repeatability-first-sent',
  // In which state of the resource it holds.
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  // Of the body.
  'content-digest',
  'content-md5',
  'digest',
  'repr-digest',
  'x-content-sha256',
  'x-acs-content-sha256',
  'x-amz-checksum-crc32',
  'x-amz-checksum-crc32c',
  'x-amz-checksum-crc64nvme',
  'x-amz-checksum-sha1',
  'x-amz-checksum-sha256',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-goog-content-sha256',
  'x-goog-hash',
  'x-ms-content-crc64',
  'x-ms-content-sha256',
  // Signatures and proofs (RFC 9421, RFC 9449), and when and with what they were made.
  'dpop',
  'signature',
  'signature-input',
  'x-signature',
  'x-nonce',
  'x-date',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-amz-date',
  'x-goog-date',
  'x-ms-date',
  'x-sdk-date',
  'x-tc-timestamp',
  // Ids and attempts of SDKs, and what they measure.
  'amz-sdk-retry',
  'x-goog-api-client',
  'x-ms-correlation-request-id',
  'x-retry-count',
  'x-span-id',
  'x-stripe-client-telemetry',
  'x-trace-id',
  'opc-request-id',
  // Of the page that a browser sends from.
  'referer',
  'x-csrf-token',
  'x-csrftoken',
  'x-xsrf-token',
]);

const OF_ONE_SENDING_PREFIXES = ['sec-ch-', 'sec-fetch-', 'x-instana-'];

/** Lower case. */
export const isOfOneSending = (name: string): boolean =>
  OF_ONE_SENDING.has(name) || OF_ONE_SENDING_PREFIXES.some((prefix) => name.startsWith(prefix));
