/** `gatehouse connect psql`: a session through the gate with a fresh token, nothing to paste. */
import { spawn } from 'node:child_process';

import { GatehouseError } from '../domain/errors.ts';
import { devCaFile } from '../embedded/dev-places.ts';
import { findRunning, placeConfig } from './places.ts';
import { token } from './token.ts';

export interface ConnectOptions {
  readonly config?: string;
  readonly subject: string;
  readonly groups: string;
  readonly for?: string;
  readonly ttl: string;
  readonly listener?: string;
  readonly database?: string;
}

/**
 * Runs psql in this terminal and resolves with its exit code. The token is the development issuer's, or what
 * GATEHOUSE_TOKEN holds. Throws `GH_NO_LISTENER`, `GH_NO_TOKEN` or `GH_NO_PSQL`.
 */
export async function connectPsql(args: readonly string[], options: ConnectOptions): Promise<number> {
  const place = await findRunning(options.config);
  const config = await placeConfig(place);
  const listener = config.listeners.find(
    ({ name }) => options.listener === undefined || name === options.listener,
  );
  if (listener === undefined) {
    const names = config.listeners.map(({ name }) => name).join(', ');
    throw new GatehouseError(
      'GH_NO_LISTENER',
      `There is no listener ${options.listener}; there is ${names}.`,
    );
  }
  const own = process.env['GATEHOUSE_TOKEN'];
  if (own === undefined && place.run.mode !== 'development') {
    throw new GatehouseError('GH_NO_TOKEN', "Put a token of the gate's issuer into GATEHOUSE_TOKEN.");
  }
  const upstream = config.upstreams.find(({ name }) => name === listener.upstream);
  const database = options.database ?? upstream?.databases?.[0];
  const development = place.run.mode === 'development';
  const child = spawn('psql', args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      PGHOST: development ? 'localhost' : listener.address.host,
      PGPORT: String(listener.address.port),
      PGUSER: options.subject,
      PGPASSWORD: own ?? (await token(options)),
      ...(database === undefined ? {} : { PGDATABASE: database }),
      ...(development ? { PGSSLMODE: 'verify-full', PGSSLROOTCERT: devCaFile(place.stateDirectory) } : {}),
    },
  });
  // Ctrl-C cancels a query in psql; it must not end this.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      const text = 'psql is not installed. It comes with PostgreSQL (Debian: apt install postgresql-client).';
      reject(new GatehouseError('GH_NO_PSQL', text, { cause }));
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
