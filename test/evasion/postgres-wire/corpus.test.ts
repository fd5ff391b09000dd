/** The codec against the corpus, under any split; and PostgreSQL itself against it, so that we know where they differ. */
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Postgres } from '../../../ext-proc/embedded/postgres.ts';
import { LIMITS } from '../../../ext-proc/domain/limits.ts';
import {
  decodeAuthentication,
  decodeBackendKeyData,
  decodeCommandComplete,
  decodeCopyResponse,
  decodeErrorFields,
  decodeNotification,
  decodeParameterDescription,
  decodeParameterStatus,
  decodeReadyForQuery,
  decodeRowDescription,
} from '../../../ext-proc/protocols/postgres/backend.ts';
import { MessageFramer } from '../../../ext-proc/protocols/postgres/framer.ts';
import {
  decodeBind,
  decodeClose,
  decodeCopyFail,
  decodeDescribe,
  decodeEmpty,
  decodeExecute,
  decodeParse,
  decodePassword,
  decodeQuery,
} from '../../../ext-proc/protocols/postgres/frontend.ts';
import { encodeParse, encodeSync } from '../../../ext-proc/protocols/postgres/frontend-encoders.ts';
import {
  BACKEND,
  BACKEND_TYPES,
  FRONTEND,
  FRONTEND_TYPES,
} from '../../../ext-proc/protocols/postgres/message-types.ts';
import {
  decodeNegotiateProtocolVersion,
  decodeStartup,
} from '../../../ext-proc/protocols/postgres/startup.ts';
import { startTestPostgres } from '../../support/postgres.ts';
import { WireClient } from '../../support/postgres-wire-client.ts';
import { bytesOf, CORPUS } from './corpus.ts';
import type { CorpusEntry } from './corpus.ts';

type Decode = (wire: Buffer) => { readonly ok: true } | { readonly ok: false; readonly code: string };

const DECODERS: Readonly<Record<'frontend' | 'backend', ReadonlyMap<number, Decode>>> = {
  frontend: new Map<number, Decode>([
    [FRONTEND.Bind, decodeBind],
    [FRONTEND.Close, decodeClose],
    [FRONTEND.CopyDone, decodeEmpty],
    [FRONTEND.CopyFail, decodeCopyFail],
    [FRONTEND.Describe, decodeDescribe],
    [FRONTEND.Execute, decodeExecute],
    [FRONTEND.Flush, decodeEmpty],
    [FRONTEND.Parse, decodeParse],
    [FRONTEND.PasswordMessage, decodePassword],
    [FRONTEND.Query, decodeQuery],
    [FRONTEND.Sync, decodeEmpty],
    [FRONTEND.Terminate, decodeEmpty],
  ]),
  backend: new Map<number, Decode>([
    [BACKEND.Authentication, decodeAuthentication],
    [BACKEND.BackendKeyData, decodeBackendKeyData],
    [BACKEND.CommandComplete, decodeCommandComplete],
    [BACKEND.CopyInResponse, decodeCopyResponse],
    [BACKEND.CopyOutResponse, decodeCopyResponse],
    [BACKEND.ErrorResponse, decodeErrorFields],
    [BACKEND.NegotiateProtocolVersion, decodeNegotiateProtocolVersion],
    [BACKEND.NotificationResponse, decodeNotification],
    [BACKEND.ParameterDescription, decodeParameterDescription],
    [BACKEND.ParameterStatus, decodeParameterStatus],
    [BACKEND.ReadyForQuery, decodeReadyForQuery],
    [BACKEND.RowDescription, decodeRowDescription],
  ]),
};

/** What the codec says first to these chunks. */
function verdict(phase: CorpusEntry['phase'], chunks: readonly Buffer[]): string {
  if (phase === 'startup') return startupVerdict(chunks);
  const client = phase === 'frontend';
  const framer = new MessageFramer({
    streamed: new Set(client ? [FRONTEND.CopyData] : [BACKEND.CopyData, BACKEND.DataRow]),
    knownTypes: client ? FRONTEND_TYPES : BACKEND_TYPES,
    bytesMax: () => LIMITS.decidedMessageBytesMax,
  });
  for (const chunk of chunks) {
    framer.push(chunk);
    const step = framer.next();
    if (step.kind === 'error') return step.code;
    if (step.kind === 'run') return 'run';
    if (step.kind !== 'message') continue;
    const read = DECODERS[phase].get(step.type)?.(step.wire);
    if (read === undefined) throw new Error(`no decoder of type ${step.type}`);
    return read.ok ? 'ok' : read.code;
  }
  return 'incomplete';
}

function startupVerdict(chunks: readonly Buffer[]): string {
  let received = Buffer.alloc(0);
  for (const chunk of chunks) {
    received = Buffer.concat([received, chunk]);
    const packet = decodeStartup(received);
    if (packet.kind === 'error') return packet.code;
    if (packet.kind !== 'need-more') return packet.kind;
  }
  return 'incomplete';
}

const label = (entry: CorpusEntry): string => `${entry.id} ${entry.phase}: ${entry.what}`;

describe('the codec', () => {
  test('has no two entries with one id', () => {
    expect(new Set(CORPUS.map(({ id }) => id)).size).toBe(CORPUS.length);
  });

  test.each(CORPUS.map((entry) => [label(entry), entry] as const))('reads %s', (_, entry) => {
    const bytes = bytesOf(entry);
    expect(verdict(entry.phase, [bytes])).toBe(entry.code);
    const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    expect(verdict(entry.phase, single)).toBe(entry.code);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length }), fc.nat({ max: bytes.length }), (one, other) => {
        const [first, second] = one < other ? [one, other] : [other, one];
        const chunks = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(verdict(entry.phase, chunks)).toBe(entry.code);
      }),
      { numRuns: 20 },
    );
  });
});

describe('PostgreSQL 18', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startTestPostgres({ hba: ['host all all 127.0.0.1/32 trust'] });
  });
  afterAll(() => server.stop());

  const said = (bytes: Buffer): string => {
    if (bytes.length === 0) return 'closed';
    // Before version 3 an error was a text without fields.
    if (bytes.toString('latin1').startsWith('EFATAL')) return 'refused';
    const sqlstate = /\0C([0-9A-Z]{5})\0/.exec(bytes.toString('latin1'))?.[1];
    return bytes.includes('SERROR\0') || bytes.includes('SFATAL\0') ? (sqlstate ?? 'refused') : 'accepted';
  };

  async function atStartup(bytes: Buffer): Promise<string> {
    const socket = connect(server.port, '127.0.0.1');
    const received: Buffer[] = [];
    socket.on('data', (data: Buffer) => received.push(data)).on('error', () => socket.destroy());
    socket.end(bytes);
    await once(socket, 'close');
    return said(Buffer.concat(received));
  }

  async function inSession(bytes: Buffer): Promise<string> {
    const { client } = await WireClient.login({ port: server.port, user: 'postgres' });
    client.send(
      encodeParse({ statement: 's', text: 'SELECT $1::text, $2::text', parameterTypes: [] }),
      encodeSync(),
    );
    await client.untilReady();
    client.socket.end(Buffer.concat([bytes, encodeSync()]));
    const received: Buffer[] = [];
    for (let message = await client.next(); message !== undefined; message = await client.next()) {
      received.push(message.wire);
    }
    client.socket.destroy();
    return said(Buffer.concat(received));
  }

  const known = CORPUS.filter(({ server: outcome }) => outcome !== undefined);
  test.each(known.map((entry) => [label(entry), entry] as const))('knows %s', async (_, entry) => {
    const bytes = bytesOf(entry);
    expect(await (entry.phase === 'startup' ? atStartup(bytes) : inSession(bytes))).toBe(entry.server);
  });
});
