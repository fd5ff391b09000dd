/** Keys of gatehouse.yaml that listeners and upstreams of every protocol have in the same form. */
import { z } from 'zod';
import { fileReference, text } from './forms.ts';

export const clientTls = (what: string) =>
  z
    .strictObject({
      certificate: fileReference('The certificate that clients see, with its chain (PEM).'),
      key: fileReference('The private key of that certificate (PEM).'),
    })
    .describe(what);

export const plaintext = () =>
  z
    .literal('loopback-development', { error: 'must be loopback-development' })
    .describe('Accept tokens without TLS too. Only on a loopback address.');

export const labels = () =>
  z
    .record(
      z
        .string()
        .regex(
          /^[a-z0-9_.-]{1,63}$/,
          "a label's key has lower-case letters, digits, dots, hyphens and underscores",
        ),
      text().max(63),
    )
    .default({})
    .describe('Words for policy (input.upstream.labels), such as env: prod.');

export const reportOnly = () =>
  z
    .boolean({ error: 'must be true or false' })
    .default(false)
    .describe('Decide and record as always, but enforce nothing.');
