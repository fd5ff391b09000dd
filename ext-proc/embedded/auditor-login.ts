/** Who reads the evidence in the embedded ClickHouse: a user that may do nothing else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../domain/secret.ts';
import { embeddedPasswordFile } from './dev-places.ts';

export interface AuditorLogin {
  readonly user: string;
  readonly password: Secret<string>;
}

/** Rejects where it has never been started in this state directory. */
export async function embeddedAuditor(stateDirectory: string): Promise<AuditorLogin> {
  const file = embeddedPasswordFile(join(stateDirectory, 'clickhouse'));
  return { user: 'auditor', password: new Secret(await readFile(file, 'utf8')) };
}
