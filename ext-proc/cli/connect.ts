/** `gatehouse connect psql`: a session through the gate with a fresh token, nothing to paste. */
import { spawn } from 'node:child_process';

import { GatehouseError } from '../domain/errors.ts';
import { formGateLogin, type ConnectOptions } from './gate-login.ts';

/**
 * Runs psql in this terminal and resolves with its exit code. Throws `GH_NO_PSQL`, or what `formGateLogin` throws.
 */
export async function connectPsql(args: readonly string[], options: ConnectOptions): Promise<number> {
  const login = await formGateLogin(options);
  const child = spawn('psql', args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      PGHOST: login.host,
      PGPORT: String(login.port),
      PGUSER: login.user,
      PGPASSWORD: login.token,
      ...(login.database === undefined ? {} : { PGDATABASE: login.database }),
      ...(login.caFile === undefined ? {} : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: login.caFile }),
    },
  });
  // Ctrl-C cancels a query in psql; it must not end this.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      const text =
        'psql is not installed. It comes with PostgreSQL (Debian: apt install postgresql-client). For one statement without it: npm run gatehouse -- connect sql "SELECT 1"';
      reject(new GatehouseError('GH_NO_PSQL', text, { cause }));
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
