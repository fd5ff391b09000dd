/**
 * A PostgreSQL server as a child: made with initdb where its data directory is empty, on one loopback port, with
 * scram-sha-256 and, when given a certificate, TLS. Which roles and data it holds is for the caller.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { GatehouseError } from '../domain/errors.ts';
import { startChild } from './child.ts';
import { bundledPostgres } from './postgres-binaries.ts';
import { isReachable, unprivilegedAccount, type Account } from './private-directory.ts';
import { freePort, waitUntilReady } from './ready.ts';

export interface PostgresOptions {
  /** Made where missing; as root it must be reachable for `nobody`. */
  readonly dataDirectory: string;
  /** 0 or none takes a free one. */
  readonly port?: number;
  /** PEM. Without it TLS is off. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** The directory of `postgres` and `initdb`; the bundled PostgreSQL 18 where absent. */
  readonly binaries?: string;
  /** Of the superuser `postgres`; random where absent. Used when the data directory is made. */
  readonly password?: string;
  /** Lines of pg_hba.conf; scram-sha-256 for everyone on 127.0.0.1 where absent, over TLS alone where there is TLS. */
  readonly hba?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** Gives up what a crash of the machine may take, for tests. */
  readonly unsafeFast?: boolean;
}

export interface Postgres {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'postgres';
  readonly password: string;
  readonly pid: number;
  readonly logFile: string;
  /** The data directory was empty before. */
  readonly isNew: boolean;
  readonly ended: Promise<string>;
  /** Disconnects every client and shuts down. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const STOP_TIMEOUT_MS = 15_000;

/**
 * Starts the server and waits until it takes connections.
 * Throws `GH_POSTGRES_DIRECTORY`, `GH_POSTGRES_INIT`, `GH_CHILD_ENDED` or `GH_CHILD_NOT_READY`.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { dataDirectory } = options;
  const account = unprivilegedAccount();
  const binaries = options.binaries ?? (await bundledPostgres());
  const password = options.password ?? randomBytes(18).toString('base64url');
  const isNew = !(await exists(join(dataDirectory, 'PG_VERSION')));
  if (isNew) await initialise(binaries, dataDirectory, password, account);

  const settings = new Map<string, string>([
    ['listen_addresses', '127.0.0.1'],
    ['unix_socket_directories', ''],
    ['logging_collector', 'off'],
    ['shared_buffers', '32MB'],
    ...(options.unsafeFast === true
      ? ([
          ['fsync', 'off'],
          ['synchronous_commit', 'off'],
          ['full_page_writes', 'off'],
        ] as const)
      : []),
  ]);
  if (options.tls !== undefined) {
    settings.set('ssl', 'on');
    await writeOwned(join(dataDirectory, 'server.crt'), options.tls.certificate, account);
    await writeOwned(join(dataDirectory, 'server.key'), options.tls.key, account);
  }
  for (const [name, value] of Object.entries(options.settings ?? {})) settings.set(name, value);
  const hba = options.hba ?? [
    `${options.tls === undefined ? 'host' : 'hostssl'} all all 127.0.0.1/32 scram-sha-256`,
  ];
  await writeOwned(join(dataDirectory, 'pg_hba.conf'), `${hba.join('\n')}\n`, account);

  const port = options.port || (await freePort());
  const child = await startChild({
    name: 'PostgreSQL',
    command: join(binaries, 'postgres'),
    args: [
      '-D',
      dataDirectory,
      '-p',
      String(port),
      ...[...settings].flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    cwd: dataDirectory,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    logFile: join(dirname(dataDirectory), 'postgres.log'),
    stopSignal: 'SIGINT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    ...(account === undefined ? {} : { account }),
  });
  try {
    await waitUntilReady(child, () => acceptsConnections(dataDirectory, child.pid));
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    pid: child.pid,
    logFile: child.logFile,
    isNew,
    ended: child.ended,
    stop: () => child.stop(),
  };
}

async function initialise(
  binaries: string,
  dataDirectory: string,
  password: string,
  account: Account | undefined,
): Promise<void> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  if (account !== undefined) {
    if (!(await isReachable(dataDirectory, account))) {
      throw new GatehouseError(
        'GH_POSTGRES_DIRECTORY',
        `PostgreSQL does not run as root, and its account cannot reach ${dataDirectory}. Choose a directory that others may pass through.`,
      );
    }
    await chown(dataDirectory, account.uid, account.gid);
  }
  const passwordFile = join(dataDirectory, '..', `.password-${randomBytes(6).toString('hex')}`);
  await writeOwned(passwordFile, password, account);
  try {
    await run(
      join(binaries, 'initdb'),
      [
        ...['-D', dataDirectory, '--username=postgres', `--pwfile=${passwordFile}`],
        ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'],
      ],
      { ...account, cwd: dataDirectory, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } },
    );
  } catch (cause) {
    // initdb leaves nothing behind when it fails; a directory that is half made would be taken for a whole one.
    await rm(dataDirectory, { recursive: true, force: true });
    const text = 'The data directory of the sample PostgreSQL could not be made.';
    const stderr = (cause as { stderr?: string }).stderr ?? '';
    throw new GatehouseError('GH_POSTGRES_INIT', text, { message: `${text} ${stderr}`, cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** The postmaster writes its state to the eighth line of this file; the first is its process id. */
async function acceptsConnections(dataDirectory: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

async function writeOwned(file: string, content: string, account: Account | undefined): Promise<void> {
  // Made anew, so that the mode holds whatever was there.
  await rm(file, { force: true });
  await writeFile(file, content, { mode: 0o600, flag: 'wx' });
  if (account !== undefined) await chown(file, account.uid, account.gid);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
