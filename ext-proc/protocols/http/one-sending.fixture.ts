/** Fields for tests of what is sealed. */

/** Some that clients make anew at each sending, and that are sealed. */
export const ONE_SENDING: readonly string[] = [
  'idempotency-key',
  'x-idempotency-key',
  'if-match',
  'content-md5',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-ms-date',
  'x-goog-api-client',
  'signature',
  'signature-input',
  'referer',
  'sec-fetch-site',
  'sec-ch-ua-platform',
];

/** Some that look like those, and give a server orders. */
export const SAYS_WHAT_IS_DONE: readonly string[] = [
  'destination',
  'x-amz-checksum-algorithm',
  'x-amz-copy-source',
  'x-checksum-deploy',
  'x-goog-request-params',
  'x-goog-user-project',
  'x-timestamp',
  'x-tenant',
];
