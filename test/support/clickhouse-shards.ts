/**
 * A sharded ClickHouse for tests: two of the embedded engines, which know each other as the shards of the cluster
 * `main` and speak ClickHouse's own protocol to each other. Not a replicated one: the engine has no interserver port, so
 * a replica in it stays read-only, and no thread for `ON CLUSTER`. So the tables are made of the gate's own statements
 * with these two taken out, and everything else as it is.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { schemaStatements } from '../../ext-proc/adapters/clickhouse/schema.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const SHARDS = 2;
export const CLUSTER = 'main';

export interface ClickHouseShards {
  /** Of each shard, over HTTP, as `default` without a password. */
  readonly urls: readonly string[];
  query(shard: number, sql: string): Promise<string>;
  /** As a crash would. */
  kill(shard: number): Promise<void>;
  start(shard: number): Promise<void>;
  stop(): Promise<void>;
}

/** Both are up and have the gate's tables in the database `gatehouse`. */
export async function startClickHouseShards(): Promise<ClickHouseShards> {
  const directory = await temporaryDirectory();
  const ports = await Promise.all(
    Array.from({ length: SHARDS }, async () => ({ http: await freePort(), tcp: await freePort() })),
  );
  const urls = ports.map(({ http }) => `http://127.0.0.1:${http}`);
  const running: (ChildProcess | undefined)[] = [];

  async function query(shard: number, sql: string): Promise<string> {
    const answer = await fetch(urls[shard] as string, { method: 'POST', body: sql });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text;
  }

  async function kill(shard: number): Promise<void> {
    const child = running[shard];
    running[shard] = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async function start(shard: number): Promise<void> {
    const own = join(directory.path, `shard-${shard}`);
    await mkdir(own, { recursive: true });
    await writeFile(join(own, 'users.xml'), USERS);
    await writeFile(join(own, 'config.xml'), configXml(own, shard, ports));
    const log = openSync(join(own, 'engine.log'), 'a');
    const engine = join(import.meta.dirname, '../../ext-proc/embedded/clickhouse-engine.ts');
    const library = join(
      createRequire(import.meta.url).resolve('@chdb/lib-linux-x64-gnu/package.json'),
      '../libchdb.so',
    );
    const child = spawn(
      process.execPath,
      [engine, library, join(own, 'data'), join(own, 'config.xml')],
      // It lives as long as this pipe does.
      { stdio: ['pipe', log, log], cwd: own },
    );
    closeSync(log);
    child.stdin?.on('error', () => undefined);
    running[shard] = child;
    const deadline = performance.now() + 30_000;
    while (
      !(await query(shard, 'SYSTEM START LISTEN TCP').then(
        () => true,
        () => false,
      ))
    ) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`shard ${shard}: ${await readFile(join(own, 'engine.log'), 'utf8')}`);
      await sleep(50);
    }
  }

  const stop = async (): Promise<void> => {
    for (let shard = 0; shard < SHARDS; shard++) await kill(shard);
    await directory.remove();
  };
  try {
    for (let shard = 0; shard < SHARDS; shard++) await start(shard);
    for (let shard = 0; shard < SHARDS; shard++)
      for (const statement of statementsOfAShard()) await query(shard, statement);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls, query, kill, start, stop };
}

/** The gate's own for a cluster, as far as the engine can run them. */
export function statementsOfAShard(): readonly string[] {
  return schemaStatements({ database: 'gatehouse', cluster: CLUSTER }).map((statement) => {
    const alone = statement.replace(` ON CLUSTER ${CLUSTER}`, '');
    const unreplicated = alone.replace(
      /ReplicatedReplacingMergeTree\('[^']+', '\{replica\}', (\w+)\)/,
      'ReplacingMergeTree($1)',
    );
    // A replicated table remembers inserted blocks by itself.
    return unreplicated === alone
      ? alone
      : unreplicated.replace('SETTINGS ', 'SETTINGS non_replicated_deduplication_window = 1000, ');
  });
}

const USERS = `<clickhouse>
  <profiles><default/></profiles><quotas><default/></quotas>
  <users><default>
    <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
  </default></users>
</clickhouse>
`;

function configXml(
  directory: string,
  shard: number,
  ports: readonly { readonly http: number; readonly tcp: number }[],
): string {
  const own = ports[shard];
  const replicas = ports.map(
    ({ tcp }) =>
      `<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>${tcp}</port></replica></shard>`,
  );
  return `<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${own?.http}</http_port>
  <tcp_port>${own?.tcp}</tcp_port>
  <users_config>${join(directory, 'users.xml')}</users_config>
  <mark_cache_size>67108864</mark_cache_size>
  <remote_servers><${CLUSTER}>${replicas.join('')}</${CLUSTER}></remote_servers>
</clickhouse>
`;
}
