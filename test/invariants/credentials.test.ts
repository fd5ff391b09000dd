/** I3 and I7: credentials and other secrets of a session are nowhere that an agent or an auditor can read. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import type { Log } from '../../ext-proc/domain/log.ts';
import { startGatedPostgres, type GatedPostgres } from '../support/gated-postgres.ts';

const logged: string[] = [];
const keep = (fields: object, message: string): void => {
  logged.push(
    message,
    JSON.stringify(fields, (_key, value: unknown) =>
      value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value,
    ),
  );
};
const log: Log = { debug: keep, info: keep, warn: keep, error: keep };

let side: GatedPostgres;
beforeAll(async () => {
  side = await startGatedPostgres({ gate: { log } });
});
afterAll(() => side?.stop());

/** Every file that the gate, its journal and Envoy have written. */
async function files(): Promise<{ name: string; text: string }[]> {
  const found = [];
  for (const entry of await readdir(side.gate.directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const name = join(entry.parentPath, entry.name);
    found.push({ name, text: await readFile(name, 'latin1') });
  }
  return found;
}

it('neither the upstream password nor the token nor a password in a statement is in anything the gate writes or says', async () => {
  const token = await side.gate.token();
  const peer = await side.gated({ token });
  await peer.query("create role somebody login password 'a new password'");
  await peer.query("alter role somebody password 'another password'");
  await peer.query(
    'select usename, passwd from pg_shadow where false; select current_setting($$application_name$$)',
  );
  await peer.query('show all');
  await peer.query('select * from nowhere');
  await expect(side.gated({ token: `${token}x` })).rejects.toThrow('28000');
  const greeting = peer.transcript.filter((line) => line.startsWith('BackendKeyData'));
  expect(greeting).toEqual([]);
  await peer.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const written = await files();
  expect(written.some(({ name }) => name.includes('journal'))).toBe(true);
  expect(written.some(({ text }) => text.includes('ALTER ROLE') || text.includes('alter role'))).toBe(true);
  const secrets = [
    side.postgres.password,
    token,
    token.split('.')[2] as string,
    'a new password',
    'another password',
  ];
  for (const secret of secrets) {
    for (const { name, text } of written) expect(text.includes(secret), name).toBe(false);
    expect(logged.join('\n').includes(secret)).toBe(false);
    expect(peer.transcript.join('\n').includes(secret)).toBe(false);
  }
});

it('a client is told neither the role of a refused login nor the key that cancels on the server', async () => {
  const peer = await side.gated();
  const [, row] = await peer.query('select pg_backend_pid()::text');
  expect(row?.type).toBe(BACKEND.DataRow);
  const metrics = await side.gate.worker.metrics.registry.metrics();
  expect(metrics).not.toContain(side.postgres.password);
  expect(metrics).toContain('gatehouse');
  await peer.close();
});
