/**
 * The embedded ClickHouse: the real engine out of npm, in a child process, serving HTTP on loopback only, with two
 * users: the gate's own, who may do anything, and `auditor`, who may read the database `gatehouse` and nothing else.
 *
 * The engine opens its first session as `default` without a password and cannot be told otherwise. That user is closed
 * to everyone else: over HTTP only a request that names one of the two users in its headers is answered at all
 * (credentials in a URL or in Authorization could name `default` beside them), and what the first session leaves of the
 * quota of `default` is enough for no query.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { freePort, waitUntilReady } from './ready.ts';

export interface EmbeddedClickHouse {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Reads `gatehouse.*` only; the same password. */
  readonly auditor: string;
  readonly pid: number;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
  /** As a crash would: no farewell. */
  kill(): Promise<void>;
}

const STOP_TIMEOUT_MS = 10_000;
/** The session that starts the engine runs two queries, and no more are allowed to its user. */
const STARTING_QUERIES = 2;
const QUOTA_INTERVAL_SECONDS = 2_147_483_647;

/**
 * Starts the engine on `directory` (made if it is not there; kept between starts) and waits until it answers.
 * Port 0 or none takes a free one. Throws `GH_CHILD_ENDED` or `GH_CHILD_NOT_READY` with the end of its log.
 */
export async function startClickHouse(options: {
  directory: string;
  port?: number;
  password: string;
}): Promise<EmbeddedClickHouse> {
  const { directory, password } = options;
  const port = options.port || (await freePort());
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const usersFile = join(directory, 'users.xml');
  const configFile = join(directory, 'config.xml');
  await writeFile(usersFile, usersXml(password), { mode: 0o600 });
  await writeFile(configFile, configXml(port, usersFile), { mode: 0o600 });

  const logFile = join(directory, 'clickhouse.log');
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'clickhouse-engine.ts'), enginePath(), join(directory, 'data'), configFile],
    { stdio: ['pipe', log, log], detached: true, cwd: directory },
  );
  closeSync(log);
  child.stdin?.on('error', () => undefined);
  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).then((how) => {
    over = true;
    return how;
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (over) return;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };

  const url = `http://127.0.0.1:${port}`;
  try {
    await waitUntilReady({ name: 'ClickHouse', logFile, ended, hasEnded: () => over }, async () => {
      const answer = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1_000) });
      return answer.ok;
    });
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
  return {
    url,
    user: 'gatehouse',
    password,
    auditor: 'auditor',
    pid: child.pid as number,
    ended,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

function enginePath(): string {
  const require = createRequire(import.meta.url);
  return join(require.resolve('@chdb/lib-linux-x64-gnu/package.json'), '..', 'libchdb.so');
}

const escapeXml = (text: string): string => text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);

/** Small caches and pools: beside the gate the engine has little to do, and its memory is the machine's largest part. */
function configXml(port: number, usersFile: string): string {
  return `<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port}</http_port>
  <users_config>${escapeXml(usersFile)}</users_config>
  <http_handlers>
    <rule>
      <url>/ping</url>
      <handler><type>static</type><status>200</status><response_content>Ok.</response_content></handler>
    </rule>
${['gatehouse', 'auditor'].map(queriesOf).join('\n')}
  </http_handlers>
  <mark_cache_size>67108864</mark_cache_size>
  <max_concurrent_queries>64</max_concurrent_queries>
</clickhouse>
`;
}

/** Requests of one user, named in the header that ClickHouse then takes the user from, and from nowhere else. */
const queriesOf = (user: string): string => `    <rule>
      <headers><X-ClickHouse-User>${user}</X-ClickHouse-User></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>`;

function usersXml(password: string): string {
  const digest = createHash('sha256').update(password).digest('hex');
  const withPassword = `<password_sha256_hex>${digest}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks>`;
  return `<clickhouse>
  <profiles>
    <default/>
    <starting><max_execution_time>1</max_execution_time><max_threads>1</max_threads><max_memory_usage>50000000</max_memory_usage></starting>
    <reader><readonly>1</readonly><max_execution_time>60</max_execution_time></reader>
  </profiles>
  <quotas>
    <default/>
    <starting><interval><duration>${QUOTA_INTERVAL_SECONDS}</duration><queries>${STARTING_QUERIES}</queries></interval></starting>
  </quotas>
  <users>
    <default>
      <password></password><networks><ip>127.0.0.1</ip></networks>
      <profile>starting</profile><quota>starting</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT CREATE TEMPORARY TABLE, READ ON *.*</query>
      </grants>
    </default>
    <gatehouse>${withPassword}<profile>default</profile><quota>default</quota></gatehouse>
    <auditor>
      ${withPassword}<profile>reader</profile><quota>default</quota>
      <grants><query>GRANT SELECT ON gatehouse.*</query></grants>
    </auditor>
  </users>
</clickhouse>
`;
}
