/** The codec and the gate's login against real servers: every method, both protocol versions, TLS and binding. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../ext-proc/embedded/postgres.ts';
import type { Postgres } from '../ext-proc/embedded/postgres.ts';
import {
  decodeCommandComplete,
  decodeDataRow,
  decodeErrorFields,
  decodeRowDescription,
} from '../ext-proc/protocols/postgres/backend.ts';
import { decodeSaslInitialResponse } from '../ext-proc/protocols/postgres/frontend.ts';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeQuery,
  encodeSync,
} from '../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../ext-proc/protocols/postgres/message-types.ts';
import { encodeCancelRequest } from '../ext-proc/protocols/postgres/startup.ts';
import { postgresVersions, startTestPostgres } from './support/postgres.ts';
import { WireClient } from './support/postgres-wire-client.ts';
import type { WireClientOptions } from './support/postgres-wire-client.ts';
import { selfSigned } from './support/self-signed.ts';
import type { SelfSigned, SignatureKind } from './support/self-signed.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

/** SASLprep maps the first character away and the last to `IV`: a server that was given the plain form agrees. */
const PREPARED_PASSWORD = 'I\u00adX\u2163';

const ROLES = `
  SET password_encryption = 'scram-sha-256';
  CREATE ROLE scram_user LOGIN PASSWORD 'scram secret';
  CREATE ROLE prepared_user LOGIN PASSWORD 'IXIV';
  CREATE ROLE clear_user LOGIN PASSWORD 'clear secret';
  CREATE ROLE trust_user LOGIN;
  SET password_encryption = 'md5';
  CREATE ROLE md5_user LOGIN PASSWORD 'md5 secret';
`;
const HBA = [
  'host all trust_user 127.0.0.1/32 trust',
  'host all md5_user 127.0.0.1/32 md5',
  'host all clear_user 127.0.0.1/32 password',
  'host all all 127.0.0.1/32 scram-sha-256',
];

async function createRoles(server: Postgres, ssl?: object): Promise<void> {
  const { host, port, user, password } = server;
  const client = new Client({
    host,
    port,
    user,
    password,
    database: 'postgres',
    ...(ssl === undefined ? {} : { ssl }),
  });
  await client.connect();
  await client.query(ROLES);
  await client.end();
}

async function ready(options: WireClientOptions) {
  const { client, outcome } = await WireClient.login(options);
  if (outcome.kind !== 'ready') throw new Error(`${outcome.code} ${outcome.serverError?.get('M') ?? ''}`);
  return { client, outcome };
}

async function failure(options: WireClientOptions) {
  const { client, outcome } = await WireClient.login(options);
  await client.close();
  return outcome.kind === 'failed'
    ? { code: outcome.code, sqlstate: outcome.serverError?.get('C') }
    : { code: 'none', sqlstate: undefined };
}

async function currentUser(client: WireClient): Promise<string | undefined> {
  client.send(encodeQuery('SELECT current_user'));
  const row = (await client.untilReady()).find(({ type }) => type === BACKEND.DataRow);
  const read = row && decodeDataRow(row.wire);
  return read?.ok === true ? read.values[0]?.toString() : undefined;
}

describe.each(postgresVersions)('PostgreSQL $version', ({ version, binaries }) => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startTestPostgres({ binaries, hba: HBA });
    await createRoles(server);
  });
  afterAll(() => server.stop());

  test.each([
    ['SCRAM-SHA-256', 'scram_user', 'scram secret'],
    ['SCRAM-SHA-256 and a password that SASLprep changes', 'prepared_user', PREPARED_PASSWORD],
    ['md5', 'md5_user', 'md5 secret'],
    ['trust', 'trust_user', undefined],
  ])('lets the gate in by %s', async (_, user, password) => {
    for (const chunkBytes of [Infinity, 1]) {
      const { client, outcome } = await ready({
        port: server.port,
        user,
        chunkBytes,
        ...(password === undefined ? {} : { password }),
      });
      expect(outcome.transactionStatus).toBe('I');
      expect(outcome.parameters.get('server_version')).toMatch(new RegExp(`^${version}\\.`));
      expect(await currentUser(client)).toBe(user);
      await client.close();
    }
  });

  test('gets the password in clear only where the way to it is said to be safe', async () => {
    const options = { port: server.port, user: 'clear_user', password: 'clear secret' };
    expect(await failure(options)).toEqual({ code: 'GH_PG_UPSTREAM_CLEARTEXT', sqlstate: undefined });
    const { client } = await ready({ ...options, login: { cleartextWithoutTls: true } });
    expect(await currentUser(client)).toBe('clear_user');
    await client.close();
  });

  test.each([
    ['SCRAM-SHA-256', 'scram_user'],
    ['md5', 'md5_user'],
  ])('says so where the password is wrong, by %s', async (_, user) => {
    expect(await failure({ port: server.port, user, password: 'no' })).toEqual({
      code: 'GH_PG_UPSTREAM_REFUSED',
      sqlstate: '28P01',
    });
  });

  test('hands up the server’s words where the database is not there', async () => {
    expect(await failure({ port: server.port, user: 'trust_user', database: 'nowhere' })).toEqual({
      code: 'GH_PG_UPSTREAM_REFUSED',
      sqlstate: '3D000',
    });
  });

  test('agrees on the newest protocol that both speak, with its cancel key, and cancels by it', async () => {
    const { client, outcome } = await ready({ port: server.port, user: 'trust_user', protocolMinor: 2 });
    const key = outcome.backendKey;
    expect([outcome.protocolMinor, key?.secretKey.length]).toEqual(version === '18' ? [2, 32] : [0, 4]);
    if (key === undefined) return;
    client.send(encodeQuery('SELECT pg_sleep(30)'));
    // The query must be under way, or the cancel finds nothing to end: until one lands, try again.
    const timer = setInterval(() => {
      const cancel = connect(server.port, '127.0.0.1', () => {
        cancel.end(encodeCancelRequest(key.processId, key.secretKey));
      });
      cancel.on('error', () => cancel.destroy()).resume();
    }, 100);
    const messages = await client.untilReady();
    clearInterval(timer);
    const error = messages.find(({ type }) => type === BACKEND.ErrorResponse);
    const read = error && decodeErrorFields(error.wire);
    expect(read?.ok === true && read.fields.get('C')).toBe('57014');
    await client.close();
  });

  test('is read as it speaks, in the extended protocol', async () => {
    const { client } = await ready({ port: server.port, user: 'trust_user' });
    client.send(
      encodeParse({
        statement: 's',
        text: 'SELECT oid, relname FROM pg_class WHERE oid = $1',
        parameterTypes: [26],
      }),
      encodeBind({
        portal: 'p',
        statement: 's',
        parameterFormats: [1],
        values: [Buffer.from([0, 0, 0x04, 0xeb])],
        resultFormats: [1, 0],
      }),
      encodeDescribe('portal', 'p'),
      encodeExecute('p', 10),
      encodeSync(),
    );
    const messages = await client.untilReady();
    expect(messages.map(({ type }) => type)).toEqual([
      BACKEND.ParseComplete,
      BACKEND.BindComplete,
      BACKEND.RowDescription,
      BACKEND.DataRow,
      BACKEND.CommandComplete,
      BACKEND.ReadyForQuery,
    ]);
    const [, , description, row, complete] = messages.map(({ wire }) => wire) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    expect(decodeRowDescription(description)).toMatchObject({
      columns: [
        { name: 'oid', tableOid: 1259, attributeNumber: 1, typeOid: 26, typeSize: 4, format: 'binary' },
        { name: 'relname', tableOid: 1259, typeOid: 19, typeSize: 64, format: 'text' },
      ],
    });
    expect(decodeDataRow(row)).toMatchObject({
      values: [Buffer.from([0, 0, 0x04, 0xeb]), Buffer.from('pg_class')],
    });
    expect(decodeCommandComplete(complete)).toEqual({ ok: true, tag: 'SELECT 1', rows: 1 });
    await client.close();
  });

  test('takes two names for one where their first 63 bytes are the same, which is why longer ones are refused', async () => {
    const { client } = await ready({ port: server.port, user: 'trust_user' });
    const stem = 'n'.repeat(63);
    client.send(
      encodeParse({ statement: `${stem}a`, text: 'SELECT 1', parameterTypes: [] }),
      encodeDescribe('statement', `${stem}b`),
      encodeSync(),
    );
    const types = (await client.untilReady()).map(({ type }) => type);
    expect(types).toContain(BACKEND.RowDescription);
    await client.close();
  });
});

const CERTIFICATES: readonly [string, SignatureKind, 'SCRAM-SHA-256-PLUS' | 'SCRAM-SHA-256'][] = [
  ['RSA with SHA-256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, 'SCRAM-SHA-256-PLUS'],
  ['RSA with SHA-512', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, 'SCRAM-SHA-256-PLUS'],
  ['RSASSA-PSS with SHA-256', { name: 'RSA-PSS', hash: 'SHA-256' }, 'SCRAM-SHA-256-PLUS'],
  ['ECDSA with SHA-384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }, 'SCRAM-SHA-256-PLUS'],
  ['Ed25519, which cannot be bound to', { name: 'Ed25519' }, 'SCRAM-SHA-256'],
];

describe.each(postgresVersions)('PostgreSQL $version over TLS', ({ binaries }) => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let dataDirectory: string;
  const password = 'superuser';

  async function start(tls: SelfSigned): Promise<Postgres> {
    const server = await startPostgres({
      dataDirectory,
      password,
      tls,
      unsafeFast: true,
      hba: HBA.map((line) => line.replace('host', 'hostssl')),
      ...(binaries === undefined ? {} : { binaries }),
    });
    if (server.isNew) await createRoles(server, { rejectUnauthorized: false });
    return server;
  }

  beforeAll(async () => {
    directory = await temporaryDirectory();
    dataDirectory = join(directory.path, 'data');
  });
  afterAll(() => directory.remove());

  test.each(CERTIFICATES)('binds SCRAM to a certificate of %s', async (_, kind, mechanism) => {
    const tls = await selfSigned(kind);
    const server = await start(tls);
    try {
      const options = {
        port: server.port,
        user: 'scram_user',
        password: 'scram secret',
        ca: tls.certificate,
      };
      const { client } = await ready(options);
      const first = decodeSaslInitialResponse(client.sent[1] as Buffer);
      expect(first.ok && first.mechanism).toBe(mechanism);
      expect(await currentUser(client)).toBe('scram_user');
      await client.close();
    } finally {
      await server.stop();
    }
  });

  test('refuses a binding to another certificate, and gets a password in clear under TLS', async () => {
    const tls = await selfSigned({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
    const server = await start(tls);
    try {
      const options = {
        port: server.port,
        user: 'scram_user',
        password: 'scram secret',
        ca: tls.certificate,
      };
      const other = { certificateDer: createHash('sha256').digest(), hash: 'sha256' };
      expect(await failure({ ...options, login: { channelBinding: other } })).toEqual({
        code: 'GH_PG_UPSTREAM_REFUSED',
        sqlstate: '28000',
      });
      const { client } = await ready({ ...options, user: 'clear_user', password: 'clear secret' });
      expect(await currentUser(client)).toBe('clear_user');
      await client.close();
    } finally {
      await server.stop();
    }
  });
});
