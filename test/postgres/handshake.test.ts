/**
 * From a client's first byte to a session, on a listener with TLS: what is asked in which order, what is refused, and
 * that nothing sent ahead of TLS is ever used.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBackendKeyData } from '../../ext-proc/protocols/postgres/backend.ts';
import { encodePassword, encodeQuery } from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import {
  encodeCancelRequest,
  encodeGssEncRequest,
  encodeSslRequest,
  encodeStartup,
} from '../../ext-proc/protocols/postgres/startup.ts';
import { startGatedSample, type GatedSample } from '../support/gated-sample.ts';
import { readToEnd, readUntil } from '../support/postgres-socket.ts';
import { say } from '../support/wire-peer.ts';

let side: GatedSample;
let ca: string;
beforeAll(async () => {
  side = await startGatedSample({
    tls: true,
    listenerYaml: '    limits: { handshakeTimeout: 2s, unauthenticatedPerSource: 6, unauthenticatedMax: 8 }',
  });
  ca = readFileSync(side.gate.caFile, 'utf8');
});
afterAll(() => side?.stop());

const IN_TIME_MS = 5_000;
const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');
const PARAMETERS: readonly [string, string][] = [
  ['user', 'anyone'],
  ['database', 'app'],
];

async function plain(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: side.gate.port, allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** TLS over a socket whose `SSLRequest` was answered. */
async function secured(socket: Socket, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const secure = connectTls({ socket, ca, servername: 'localhost', ...options });
  secure.on('error', () => undefined);
  await once(secure, 'secureConnect');
  return secure;
}

async function requested(): Promise<TLSSocket> {
  const socket = await plain();
  socket.write(encodeSslRequest());
  const answer = await readUntil(socket, 'S', IN_TIME_MS);
  expect(answer.toString()).toBe('S');
  return secured(socket);
}

/** Logs in over a socket that is ready for a startup packet. */
async function login(socket: Socket, minor = 0): Promise<Buffer> {
  socket.write(encodeStartup(minor, PARAMETERS));
  await readUntil(socket, 'R', IN_TIME_MS);
  socket.write(encodePassword(await side.gate.token()));
  return readUntil(socket, READY, IN_TIME_MS);
}

async function query(socket: Socket, text: string): Promise<string> {
  socket.write(encodeQuery(text));
  return (await readUntil(socket, READY, IN_TIME_MS)).toString('latin1');
}

/** What a startup packet over TLS is told at the end. */
async function told(parameters: readonly (readonly [string, string])[], minor = 0): Promise<string> {
  const socket = await requested();
  socket.write(encodeStartup(minor, parameters));
  const { bytes } = await readToEnd(socket, IN_TIME_MS);
  socket.destroy();
  return bytes.toString('latin1');
}

describe('TLS', () => {
  it('is agreed in band, and what is said then goes through', async () => {
    const socket = await requested();
    await login(socket);
    expect(await query(socket, 'SELECT count(*) FROM people')).toContain('300');
    socket.destroy();
  });

  it('is taken without being asked for, with ALPN postgresql', async () => {
    const socket = await secured(await plain(), { ALPNProtocols: ['postgresql'] });
    expect(socket.alpnProtocol).toBe('postgresql');
    await login(socket);
    expect(await query(socket, 'SELECT 1')).toContain('SELECT 1');
    socket.destroy();
  });

  it('is ended when it comes unasked without ALPN, or with another protocol', async () => {
    for (const options of [{}, { ALPNProtocols: ['h2'] }]) {
      const socket = connectTls({ socket: await plain(), ca, servername: 'localhost', ...options });
      socket.on('error', () => undefined);
      socket.write(encodeStartup(0, PARAMETERS));
      const { bytes, ended } = await readToEnd(socket, IN_TIME_MS);
      expect(ended).toBe(true);
      expect(bytes.length).toBe(0);
      socket.destroy();
    }
  });

  it('ends the connection when anything was sent ahead of it', async () => {
    const startup = encodeStartup(0, PARAMETERS);
    for (const first of [encodeSslRequest(), encodeGssEncRequest()]) {
      const socket = await plain();
      socket.write(Buffer.concat([first, startup]));
      const { bytes, ended } = await readToEnd(socket, IN_TIME_MS);
      expect(ended).toBe(true);
      expect(bytes.toString('latin1')).not.toContain('R');
      socket.destroy();
    }
  });

  it('follows a declined GSSENCRequest', async () => {
    const socket = await plain();
    socket.write(encodeGssEncRequest());
    expect((await readUntil(socket, 'N', IN_TIME_MS)).toString()).toBe('N');
    socket.write(encodeSslRequest());
    await readUntil(socket, 'S', IN_TIME_MS);
    const secure = await secured(socket);
    await login(secure);
    secure.destroy();
  });

  it('is not agreed twice', async () => {
    const socket = await requested();
    socket.write(encodeSslRequest());
    const { bytes, ended } = await readToEnd(socket, IN_TIME_MS);
    expect(ended).toBe(true);
    expect(bytes.toString()).toMatch(/FATAL.*08P01/s);
    socket.destroy();
  });

  it('is needed for a token: a client without it is told so before it sends one', async () => {
    const socket = await plain();
    socket.write(encodeStartup(0, PARAMETERS));
    const { bytes, ended } = await readToEnd(socket, IN_TIME_MS);
    expect(ended).toBe(true);
    expect(bytes.toString()).toMatch(/FATAL.*28000.*GH_PG_TLS_REQUIRED/s);
    socket.destroy();
  });
});

describe('a startup packet', () => {
  it.each([
    ['replication', 'true', 'GH_PG_REPLICATION'],
    ['replication', 'database', 'GH_PG_REPLICATION'],
    ['options', '-c session_preload_libraries=evil', 'GH_PG_SETTING'],
    ['options', '-c role=postgres', 'GH_PG_SETTING'],
    ['options', '-csession_authorization=postgres', 'GH_PG_SETTING'],
    ['options', '--standard-conforming-strings=off', 'GH_PG_SETTING'],
    ['options', '-P', 'GH_PG_OPTIONS'],
    ['options', '-O -c geqo=off', 'GH_PG_OPTIONS'],
    ['Session_Authorization', 'postgres', 'GH_PG_SETTING'],
    ['database', 'postgres', 'GH_PG_DATABASE'],
  ])('with %s=%s is refused before a token is asked for', async (name, value, code) => {
    const answer = await told([...PARAMETERS.filter(([given]) => given !== name), [name, value]]);
    expect(answer).toContain('FATAL');
    expect(answer).toContain(code);
    expect(answer).not.toMatch(/^R/);
  });

  it('passes on settings that shape output alone', async () => {
    const socket = await requested();
    socket.write(
      encodeStartup(0, [
        ...PARAMETERS,
        ['options', '-c geqo=off --DateStyle=german'],
        ['TimeZone', 'Asia/Tokyo'],
      ]),
    );
    await readUntil(socket, 'R', IN_TIME_MS);
    socket.write(encodePassword(await side.gate.token()));
    const greeting = (await readUntil(socket, READY, IN_TIME_MS)).toString('latin1');
    expect(greeting).toContain('DateStyle\0German, DMY');
    expect(greeting).toContain('TimeZone\0Asia/Tokyo');
    socket.destroy();
  });

  it('of a later protocol is negotiated down, options unknown to the server named', async () => {
    const socket = await requested();
    socket.write(encodeStartup(9, [...PARAMETERS, ['_pq_.future', 'on']]));
    const answer = await readUntil(socket, 'R\0\0\0\x08\0\0\0\x03', IN_TIME_MS);
    expect(answer.toString('latin1')).toBe(
      'v\0\0\0\x18\0\x03\0\x02\0\0\0\x01_pq_.future\0R\0\0\0\x08\0\0\0\x03',
    );
    socket.destroy();
  });
});

describe('cancel keys', () => {
  /** The process id and key of a greeting. */
  function keyOf(greeting: Buffer): { processId: number; secretKey: Buffer } {
    for (let at = 0; at < greeting.length; at += greeting.readUInt32BE(at + 1) + 1) {
      if (greeting[at] !== BACKEND.BackendKeyData) continue;
      const decoded = decodeBackendKeyData(greeting.subarray(at, at + greeting.readUInt32BE(at + 1) + 1));
      if (decoded.ok) return { processId: decoded.processId, secretKey: Buffer.from(decoded.secretKey) };
    }
    throw new Error('no BackendKeyData');
  }

  async function sendCancel(bytes: Buffer, tls: boolean): Promise<void> {
    const socket = tls ? await requested() : await plain();
    socket.write(bytes);
    const { ended, bytes: answer } = await readToEnd(socket, IN_TIME_MS);
    expect(ended).toBe(true);
    expect(answer.length).toBe(0);
    socket.destroy();
  }

  it.each([
    [0, 4, true],
    [0, 4, false],
    [2, 32, true],
    [2, 32, false],
  ])('of protocol 3.%i have %i bytes, and cancel what runs (over TLS: %s)', async (minor, bytes, tls) => {
    const socket = await requested();
    const { processId, secretKey } = keyOf(await login(socket, minor));
    expect(secretKey.length).toBe(bytes);
    expect(await query(socket, 'SELECT pg_backend_pid()')).toContain(String(processId));
    socket.write(encodeQuery('SELECT count(*) FROM generate_series(1, 1000000000000)'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const answered = readUntil(socket, READY, IN_TIME_MS);
    await sendCancel(encodeCancelRequest(processId, secretKey), tls);
    const answer = (await answered).toString('latin1');
    expect(answer).toContain('57014');
    expect(await query(socket, 'SELECT 1')).toContain('SELECT 1');
    socket.destroy();
  });

  it('that the gate did not give out cancel nothing, and are recorded', async () => {
    const socket = await requested();
    const { processId, secretKey } = keyOf(await login(socket));
    socket.write(encodeQuery("SELECT count(*), 'goes on' FROM generate_series(1, 3000000)"));
    const wrong = Buffer.from(secretKey);
    wrong[0] = (wrong[0] as number) ^ 1;
    const answered = readUntil(socket, READY, 20_000);
    await sendCancel(encodeCancelRequest(processId, wrong), false);
    expect((await answered).toString('latin1')).toContain('goes on');
    await side.recorded((row) => row['action_kind'] === 'postgres.cancel' && row['decision'] === 'deny');
    socket.destroy();
  });
});

describe('clients that do not go on', () => {
  it('that say nothing are ended, and dial no server', async () => {
    const before = await side.rows(
      "SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend'",
    );
    const silent = await Promise.all(Array.from({ length: 20 }, () => plain()));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const after = await side.rows(
      "SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend'",
    );
    expect(Number(after[0]?.['n'])).toBeLessThanOrEqual(Number(before[0]?.['n']));
    const ends = await Promise.all(silent.map((socket) => readToEnd(socket, 10_000)));
    expect(ends.every(({ ended }) => ended)).toBe(true);
    for (const socket of silent) socket.destroy();
  });

  it('that stop amid the handshake are ended in time, over TLS with a word', async () => {
    const halfway = await plain();
    halfway.write(encodeStartup(0, PARAMETERS).subarray(0, 20));
    const waiting = await requested();
    waiting.write(encodeStartup(0, PARAMETERS));
    const [first, second] = await Promise.all([
      readToEnd(halfway, IN_TIME_MS),
      readToEnd(waiting, IN_TIME_MS),
    ]);
    expect(first.ended && second.ended).toBe(true);
    expect(second.bytes.toString()).toMatch(/FATAL.*GH_HANDSHAKE_TIMEOUT/s);
    expect(second.afterMs).toBeGreaterThan(1_000);
    expect(second.afterMs).toBeLessThan(4_000);
    halfway.destroy();
    waiting.destroy();
  });

  it('are no more than the cap for a source, and leave room when they go', async () => {
    const sockets: Socket[] = [];
    for (let index = 0; index < 12; index++) {
      const socket = await plain();
      socket.write(encodeSslRequest());
      sockets.push(socket);
    }
    const answers = await Promise.all(
      sockets.map((socket) =>
        readUntil(socket, 'S', 1_000).then(
          () => 'answered',
          () => 'refused',
        ),
      ),
    );
    expect(answers.filter((answer) => answer === 'answered')).toHaveLength(6);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const socket = await requested();
    await login(socket);
    expect(await query(socket, 'SELECT 1')).toContain('SELECT 1');
    socket.destroy();
  });
});

describe('bytes that are no protocol', () => {
  it.each([
    ['a length of nothing', Buffer.from([0, 0, 0, 0])],
    ['a length of a gigabyte', Buffer.from([0x40, 0, 0, 0, 0, 3, 0, 0])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['protocol 2', Buffer.from([0, 0, 0, 8, 0, 2, 0, 0])],
  ])('%s ends the connection, told over TLS too', async (_name, bytes) => {
    const socket = await requested();
    socket.write(bytes);
    const { bytes: answer, ended } = await readToEnd(socket, IN_TIME_MS);
    expect(ended).toBe(true);
    expect(answer.toString()).toMatch(/FATAL.*GH_PG_STARTUP_/s);
    socket.destroy();
  });

  it.each([
    ['an unknown type', Buffer.from('!\0\0\0\x04', 'latin1'), 'GH_PG_FRAME_TYPE'],
    ['an impossible length', Buffer.from('Q\0\0\0\x03', 'latin1'), 'GH_PG_FRAME_LENGTH'],
    ['a negative length', Buffer.from('Q\xff\xff\xff\xff', 'latin1'), 'GH_PG_FRAME_LENGTH'],
    ['a statement above the limit', Buffer.from('Q\x01\x10\0\0', 'latin1'), 'GH_PG_FRAME_TOO_LARGE'],
    ['a Query without its NUL', Buffer.from('Q\0\0\0\x08abcd', 'latin1'), 'GH_PG_'],
    ['bytes behind a Sync', Buffer.from('S\0\0\0\x05x', 'latin1'), 'GH_PG_MESSAGE_TRAILING'],
  ])('%s in a session is a FATAL with a code, and others go on', async (_name, bytes, code) => {
    const socket = await requested();
    const other = await requested();
    await login(socket);
    await login(other);
    socket.write(bytes);
    const { bytes: answer, ended } = await readToEnd(socket, IN_TIME_MS);
    expect(ended).toBe(true);
    expect(answer.toString('latin1')).toContain('FATAL');
    expect(answer.toString('latin1')).toContain(code);
    expect(await query(other, 'SELECT 1')).toContain('SELECT 1');
    socket.destroy();
    other.destroy();
  });

  it('text that is not UTF-8 is an error, and the session goes on', async () => {
    const socket = await requested();
    await login(socket);
    socket.write(Buffer.from("Q\0\0\0\x0fselect '\xff'\0", 'latin1'));
    expect((await readUntil(socket, READY, IN_TIME_MS)).toString('latin1')).toContain('22021');
    expect(await query(socket, 'SELECT 1')).toContain('SELECT 1');
    socket.write(Buffer.concat([say.parse('', 'SELECT 2'), say.bind('', ''), say.execute(), say.sync]));
    expect((await readUntil(socket, READY, IN_TIME_MS)).toString('latin1')).toContain('SELECT 1');
    socket.destroy();
  });
});
