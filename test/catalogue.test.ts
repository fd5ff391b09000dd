/** The gate's catalogue connection against real servers: fresh, cached, told of changes, and gone. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  createCatalogue,
  type Catalogue,
  type CatalogueOptions,
} from '../ext-proc/adapters/catalogue/catalogue.ts';
import { createStatementDescriber } from '../ext-proc/adapters/statement-describer.ts';
import { Secret } from '../ext-proc/domain/secret.ts';
import type { Postgres } from '../ext-proc/embedded/postgres.ts';
import { postgresVersions, startSamplePostgres, startTestPostgres } from './support/postgres.ts';

type Logged = { readonly level: string; readonly fields: object; readonly message: string };

function logTo(lines: Logged[]): CatalogueOptions['log'] {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A unix socket that leads to the server, as Envoy's does; `cut` ends every connection and refuses new ones. */
async function relay(
  port: number,
): Promise<{ path: string; cut(): void; restore(): void; stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'gh-cat-'));
  const path = join(directory, 's');
  const sockets = new Set<Socket>();
  let open = true;
  const server: Server = createServer((client) => {
    if (!open) return void client.destroy();
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    cut: () => {
      open = false;
      for (const socket of sockets) socket.destroy();
    },
    restore: () => (open = true),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const eventually = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 20_000;
  while (!(await what())) {
    if (performance.now() > deadline) throw new Error('it did not happen in 20 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe.each(postgresVersions)('the catalogue of PostgreSQL $version', ({ binaries, version }) => {
  let server: Postgres;
  let client: Client;
  const open: { close(): Promise<void> }[] = [];
  const catalogue = (options: Partial<CatalogueOptions> = {}): Catalogue => {
    const made = createCatalogue({
      upstream: 'sample',
      connect: { host: server.host, port: server.port },
      tls: { mode: 'prefer', ca: undefined, serverName: 'localhost' },
      user: server.user,
      password: () => Promise.resolve(new Secret(server.password)),
      refreshMs: 60_000,
      log: logTo([]),
      monotonicMs: () => performance.now(),
      ...options,
    });
    open.push(made);
    return made;
  };

  beforeAll(async () => {
    server = await startTestPostgres({ binaries });
    client = new Client({ ...server, database: 'postgres' });
    await client.connect();
    await client.query('CREATE TABLE known (id int, name text)');
  });
  afterAll(async () => {
    for (const one of open) await one.close();
    await client.end();
    await server.stop();
  });

  it('says which server it is and what is in it', async () => {
    const snapshot = await catalogue().snapshot('postgres');
    expect(Math.floor((snapshot?.serverVersion ?? 0) / 10_000)).toBe(Number(version));
    expect(snapshot?.schemas.get('public')?.relations.get('known')?.columns).toEqual(['id', 'name']);
    expect(snapshot?.schemas.get('pg_catalog')?.functions.get('now')?.volatility).toBe('stable');
    expect(snapshot?.schemas.get('pg_catalog')?.functions.get('pg_read_file')?.volatility).toBe('volatile');
  });

  it('knows of a change before it answers, once it was told', async () => {
    const own = catalogue();
    await own.snapshot('postgres');
    await client.query('CREATE TABLE after_it (id int)');
    own.changed('postgres');
    const snapshot = await own.snapshot('postgres');
    expect(snapshot?.schemas.get('public')?.relations.has('after_it')).toBe(true);
  });

  it('tells other gates', async () => {
    const one = catalogue();
    const other = catalogue();
    await one.snapshot('postgres');
    await other.snapshot('postgres');
    await client.query('CREATE TABLE heard_of (id int)');
    one.changed('postgres');
    await eventually(
      async () =>
        (await other.snapshot('postgres'))?.schemas.get('public')?.relations.has('heard_of') === true,
    );
  });

  it('keeps the very same snapshot where nothing that matters has changed', async () => {
    const own = catalogue();
    const before = await own.snapshot('postgres');
    await client.query(
      'CREATE TABLE passing (id int); DROP TABLE passing; ANALYZE known; COMMENT ON TABLE known IS $$x$$',
    );
    own.changed('postgres');
    expect(await own.snapshot('postgres')).toBe(before);
  });

  it('knows the names of temporary relations, whose coming and going leaves the version alone', async () => {
    const own = catalogue();
    const before = await own.snapshot('postgres');
    await client.query('CREATE TEMP TABLE known (id int)');
    own.changed('postgres');
    const during = await own.snapshot('postgres');
    expect(during?.temporaryNames.has('known')).toBe(true);
    expect(during?.version).toBe(before?.version);
    expect(during?.schemas.get('public')?.relations.has('known')).toBe(true);
    await client.query('DROP TABLE pg_temp.known');
  });

  it('finds by itself what was made behind its back, when a name is missing', async () => {
    const own = catalogue();
    const describer = createStatementDescriber({ catalogueOf: () => own });
    open.push(describer);
    const context = { upstream: 'sample', database: 'postgres', searchPath: ['public'], role: 'postgres' };
    expect((await describer.describe('TABLE unheard_of', context)).statements[0]?.description.complete).toBe(
      false,
    );
    await client.query('CREATE TABLE unheard_of (id int)');
    await eventually(
      async () =>
        (await describer.describe('TABLE unheard_of', context)).statements[0]?.description.complete === true,
    );
  });

  it('is undefined while it cannot be read and something has changed, says so once, and comes back', async () => {
    const through = await relay(server.port);
    const lines: Logged[] = [];
    const own = catalogue({ connect: { path: through.path }, log: logTo(lines) });
    try {
      expect(await own.snapshot('postgres')).toBeDefined();
      through.cut();
      own.changed('postgres');
      expect(await own.snapshot('postgres')).toBeUndefined();
      expect(await own.snapshot('postgres')).toBeUndefined();
      expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
      expect(lines[0]?.fields).toMatchObject({ code: 'GH_CATALOGUE_UNAVAILABLE', upstream: 'sample' });
      expect(JSON.stringify(lines)).not.toContain(server.password);
      through.restore();
      await eventually(async () => (await own.snapshot('postgres')) !== undefined);
      expect(lines.at(-1)?.level).toBe('info');
    } finally {
      await own.close();
      await through.stop();
    }
  });

  it('does not use what it could not confirm for long', async () => {
    const through = await relay(server.port);
    let shiftMs = 0;
    const own = catalogue({
      connect: { path: through.path },
      refreshMs: 10_000,
      monotonicMs: () => performance.now() + shiftMs,
    });
    try {
      expect(await own.snapshot('postgres')).toBeDefined();
      through.cut();
      shiftMs = 19_000;
      expect(await own.snapshot('postgres')).toBeDefined();
      shiftMs = 25_000;
      expect(await own.snapshot('postgres')).toBeUndefined();
    } finally {
      await own.close();
      await through.stop();
    }
  });

  it('describes everything as unresolved where the catalogue cannot be read', async () => {
    const own = catalogue({ password: () => Promise.resolve(new Secret('wrong')) });
    const describer = createStatementDescriber({ catalogueOf: () => own });
    open.push(describer);
    const context = { upstream: 'sample', database: 'postgres', searchPath: ['public'], role: 'postgres' };
    const [described] = (await describer.describe('SELECT lower(name) FROM public.known', context))
      .statements;
    expect(described?.description.unknown.toSorted()).toEqual([
      'catalogue_unavailable',
      'unresolved_function',
      'unresolved_relation',
    ]);
    expect(described?.description.writes).toBe(true);
  });

  it('has nothing of a database that is not there', async () => {
    expect(await catalogue().snapshot('nowhere')).toBeUndefined();
  });
});

describe('the catalogue connection', () => {
  it('verifies the server by name, through a unix socket too', async () => {
    const sample = await startSamplePostgres();
    const through = await relay(sample.server.port);
    const password = (await readFile(sample.passwordFiles.gatehouse_catalogue, 'utf8')).trim();
    const made: Catalogue[] = [];
    const lines: Logged[] = [];
    const withTls = (tls: CatalogueOptions['tls']): Catalogue => {
      const own = createCatalogue({
        upstream: 'sample',
        connect: { path: through.path },
        tls,
        user: 'gatehouse_catalogue',
        password: () => Promise.resolve(new Secret(password)),
        refreshMs: 60_000,
        log: logTo(lines),
        monotonicMs: () => performance.now(),
      });
      made.push(own);
      return own;
    };
    try {
      const { database } = sample;
      expect(
        await withTls({ mode: 'verify-full', ca: sample.ca, serverName: 'localhost' }).snapshot(database),
      ).toBeDefined();
      expect(
        await withTls({ mode: 'require', ca: undefined, serverName: 'elsewhere.example' }).snapshot(database),
      ).toBeDefined();
      expect(
        await withTls({ mode: 'verify-full', ca: sample.ca, serverName: 'elsewhere.example' }).snapshot(
          database,
        ),
      ).toBeUndefined();
      expect(
        await withTls({ mode: 'verify-full', ca: undefined, serverName: 'localhost' }).snapshot(database),
      ).toBeUndefined();
      expect(
        await withTls({ mode: 'disable', ca: undefined, serverName: 'localhost' }).snapshot(database),
      ).toBeUndefined();
      expect(lines.filter(({ level }) => level === 'error')).toHaveLength(3);
    } finally {
      for (const own of made) await own.close();
      await through.stop();
      await sample.stop();
    }
  });
});
