/**
 * I1 and I2 on the PostgreSQL path: no byte of an action reaches the server before its `decided` record is in the
 * journal's file, and where that record cannot be written, none does at all.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeErrorFields } from '../../ext-proc/protocols/postgres/backend.ts';
import { encodeSslRequest } from '../../ext-proc/protocols/postgres/startup.ts';
import { BUNDLES, startTestGate, type TestGate } from '../support/gate.ts';
import { startTestPostgres } from '../support/postgres.ts';
import { startRecordingProxy } from '../support/recording-proxy.ts';
import { openSocket } from '../support/postgres-socket.ts';
import { say, WirePeer } from '../support/wire-peer.ts';

const MARK = /mark_\d+/g;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** All of the journal's text, as it is on disk now. */
function journalText(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

/** A gate whose way to the server is watched: `early` are marks that went by before their record was on disk. */
async function watchedGate(extraYaml: string, bundle = BUNDLES.allowAll) {
  const server = await startTestPostgres();
  cleanups.push(() => server.stop());
  let gate: TestGate | undefined;
  const early: string[] = [];
  const seen: string[] = [];
  const firstBytes = new Map<number, Buffer>();
  const proxy = await startRecordingProxy(server.port, (connection, chunk) => {
    if (!firstBytes.has(connection)) firstBytes.set(connection, Buffer.from(chunk));
    const marks = chunk.toString('latin1').match(MARK);
    if (marks === null || gate === undefined) return;
    const journal = journalText(gate.config.audit.journal.directory);
    for (const mark of marks) {
      seen.push(mark);
      if (!journal.split('\n').some((line) => line.includes('"decided"') && line.includes(mark)))
        early.push(mark);
    }
  });
  cleanups.push(() => proxy.close());
  const variable = `GATEHOUSE_TEST_PASSWORD_${server.port}`;
  process.env[variable] = server.password;
  const yaml = (user: string): string => `user: ${user}, password: { env: ${variable} }`;
  gate = await startTestGate({
    upstream: `127.0.0.1:${proxy.port}`,
    upstreamYaml: `    tls: { mode: prefer }\n    credentials: [{ groups: ['*'], ${yaml('postgres')} }]\n    catalogue: { ${yaml('postgres')} }`,
    bundle,
    extraYaml,
  });
  const started = gate;
  cleanups.push(() => started.stop());
  const login = async (): Promise<WirePeer> =>
    WirePeer.login({
      port: started.port,
      user: 'anyone',
      database: 'postgres',
      password: await started.token(),
      login: { cleartextWithoutTls: true },
    });
  return { gate: started, login, early, seen, firstBytes };
}

describe.each(['written', 'fsynced'])('I1: decide first, journal %s', (durability) => {
  it('holds every action until its record is on disk, in both protocols and in pipelines', async () => {
    const { login, early, seen } = await watchedGate(`audit: { durability: ${durability} }`);
    const peer = await login();
    await peer.query("select 'mark_1'; select 'mark_2'");
    peer.send(...[3, 4, 5].map((mark) => say.query(`select 'mark_${mark}'`)));
    await peer.ready(3);
    peer.send(
      ...[6, 7, 8].flatMap((mark) => [
        say.parse('', `select 'mark_${mark}'`),
        say.bind('', ''),
        say.execute(),
      ]),
      say.sync,
    );
    await peer.ready();
    await peer.query("set search_path = 'mark_9'");
    await peer.query("select 'mark_10'");
    await peer.query("prepare mark_11 as select 'mark_12'");
    await peer.query('execute mark_11');
    for (let mark = 20; mark < 60; mark++) peer.send(say.query(`select 'mark_${mark}'`));
    await peer.ready(40);
    await peer.close();
    expect(new Set(seen).size).toBe(52);
    expect(early).toEqual([]);
  });
});

describe('I1: before a session', () => {
  it('lets nothing but the SSLRequest reach the server until the token is verified', async () => {
    const { gate, firstBytes } = await watchedGate('');
    const before = firstBytes.size;
    const socket = await openSocket(gate.port);
    socket.write(Buffer.from('\0\0\0\x22\0\x03\0\0user\0mark_1\0database\0mark_2\0\0', 'latin1'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.destroy();
    const opened = [...firstBytes].filter(([connection]) => connection >= before).map(([, bytes]) => bytes);
    expect(opened).toEqual([encodeSslRequest()]);
    await expect(
      WirePeer.login({
        port: gate.port,
        user: 'mark_3',
        database: 'postgres',
        password: 'no token',
        login: { cleartextWithoutTls: true },
      }),
    ).rejects.toThrow('28000');
    const all = [...firstBytes].filter(([connection]) => connection >= before).map(([, bytes]) => bytes);
    expect(all.every((bytes) => bytes.equals(encodeSslRequest()))).toBe(true);
  });
});

describe('I2: fail closed', () => {
  it('denies what cannot be recorded, and the server never sees it', async () => {
    const { gate, login, early, seen } = await watchedGate(
      'audit: { journal: { bytesMax: 64KiB, segmentBytes: 16KiB } }',
    );
    const peer = await login();
    let refused: ReadonlyMap<string, string> | undefined;
    let mark = 0;
    for (; mark < 400 && refused === undefined; mark++) {
      const [first] = await peer.query(`select 'mark_${mark}'`);
      if (first?.type !== 'E'.charCodeAt(0)) continue;
      const decoded = decodeErrorFields(first.wire);
      refused = decoded.ok ? decoded.fields : undefined;
    }
    expect(refused?.get('C')).toBe('58030');
    expect(refused?.get('D')).toContain('GH_JOURNAL_UNAVAILABLE');
    expect(seen).not.toContain(`mark_${mark - 1}`);
    expect(early).toEqual([]);
    await expect(login()).rejects.toThrow(/58030.*GH_JOURNAL_UNAVAILABLE/);
    expect(journalText(gate.config.audit.journal.directory)).not.toContain(`mark_${mark - 1}'`);
  });
});
