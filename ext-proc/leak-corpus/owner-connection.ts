/** The direct connection of `--setup`: it makes and drops what is planted, and reads what is compared with. */
import { readFile } from 'node:fs/promises';

import { Client } from 'pg';

import { GatehouseError } from '../domain/errors.ts';
import { revealSecret } from '../domain/secret.ts';
import type { Target } from './target-url.ts';

/** The caller ends it. Throws `GH_LEAK_ME_SETUP`. */
export async function openOwner(target: Target): Promise<Client> {
  const { host, port, user, database, password, sslMode } = target;
  const common = {
    host,
    port,
    user,
    database,
    ...(password === undefined ? {} : { password: revealSecret(password) }),
  };
  const ca =
    target.rootCertificateFile === undefined ? undefined : await readFile(target.rootCertificateFile, 'utf8');
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: sslMode === 'verify-ca' || sslMode === 'verify-full',
    ...(sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
  const attempts = sslMode === 'disable' ? [false] : sslMode === 'prefer' ? [tls, false] : [tls];
  let last: unknown;
  for (const ssl of attempts) {
    const client = new Client({ ...common, ssl });
    // A server that ends an idle connection is met again, with its reason, at the next statement.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      last = error;
    }
  }
  throw new GatehouseError('GH_LEAK_ME_SETUP', `--setup cannot connect: ${(last as Error).message}`, {
    cause: last,
  });
}
