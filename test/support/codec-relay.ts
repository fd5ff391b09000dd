/**
 * A relay between a PostgreSQL client and a server that takes every byte apart and sends on only what the codec gave
 * out. What does not decode is a problem; so is a message that the gate can write and that comes out different.
 */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { LIMITS } from '../../ext-proc/domain/limits.ts';
import {
  decodeAuthentication,
  decodeBackendKeyData,
  decodeCommandComplete,
  decodeCopyResponse,
  decodeDataRow,
  decodeErrorFields,
  decodeNotification,
  decodeParameterDescription,
  decodeParameterStatus,
  decodeReadyForQuery,
  decodeRowDescription,
} from '../../ext-proc/protocols/postgres/backend.ts';
import {
  encodeDataRow,
  encodeParameterDescription,
  encodeRowDescription,
} from '../../ext-proc/protocols/postgres/backend-encoders.ts';
import { MessageFramer } from '../../ext-proc/protocols/postgres/framer.ts';
import {
  decodeBind,
  decodeClose,
  decodeCopyFail,
  decodeDescribe,
  decodeEmpty,
  decodeExecute,
  decodeParse,
  decodeQuery,
} from '../../ext-proc/protocols/postgres/frontend.ts';
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeQuery,
} from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import {
  BACKEND,
  BACKEND_TYPES,
  FRONTEND,
  FRONTEND_TYPES,
} from '../../ext-proc/protocols/postgres/message-types.ts';
import { decodeStartup } from '../../ext-proc/protocols/postgres/startup.ts';

type Outcome = { readonly ok: boolean; readonly code?: string };
type Decode = (wire: Buffer) => Outcome;

/** Decodes, and where the gate can write the message too, writes it again: that must give the same bytes. */
function again<T extends Outcome>(
  decode: (wire: Buffer) => T,
  encode: (message: Extract<T, { ok: true }>) => Buffer,
): Decode {
  return (wire) => {
    const message = decode(wire);
    if (!message.ok) return message;
    const same = encode(message as Extract<T, { ok: true }>).equals(wire);
    return same ? message : { ok: false, code: 'another message when written again' };
  };
}

const FRONTEND_DECODERS = new Map<number, Decode>([
  [FRONTEND.Bind, again(decodeBind, encodeBind)],
  [FRONTEND.Close, again(decodeClose, ({ target, name }) => encodeClose(target, name))],
  [FRONTEND.CopyDone, decodeEmpty],
  [FRONTEND.CopyFail, decodeCopyFail],
  [FRONTEND.Describe, again(decodeDescribe, ({ target, name }) => encodeDescribe(target, name))],
  [FRONTEND.Execute, again(decodeExecute, ({ portal, rowsMax }) => encodeExecute(portal, rowsMax))],
  [FRONTEND.Flush, decodeEmpty],
  [FRONTEND.Parse, again(decodeParse, encodeParse)],
  [FRONTEND.Query, again(decodeQuery, ({ text }) => encodeQuery(text))],
  [FRONTEND.Sync, decodeEmpty],
  [FRONTEND.Terminate, decodeEmpty],
]);

const BACKEND_DECODERS = new Map<number, Decode>([
  [BACKEND.Authentication, decodeAuthentication],
  [BACKEND.BackendKeyData, decodeBackendKeyData],
  [BACKEND.BindComplete, decodeEmpty],
  [BACKEND.CloseComplete, decodeEmpty],
  [BACKEND.CommandComplete, decodeCommandComplete],
  [BACKEND.CopyDone, decodeEmpty],
  [BACKEND.CopyInResponse, decodeCopyResponse],
  [BACKEND.CopyOutResponse, decodeCopyResponse],
  [BACKEND.DataRow, again(decodeDataRow, ({ values }) => encodeDataRow(values))],
  [BACKEND.EmptyQueryResponse, decodeEmpty],
  [BACKEND.ErrorResponse, decodeErrorFields],
  [BACKEND.NoData, decodeEmpty],
  [BACKEND.NoticeResponse, decodeErrorFields],
  [BACKEND.NotificationResponse, decodeNotification],
  [
    BACKEND.ParameterDescription,
    again(decodeParameterDescription, (m) => encodeParameterDescription(m.parameterTypes)),
  ],
  [BACKEND.ParameterStatus, decodeParameterStatus],
  [BACKEND.ParseComplete, decodeEmpty],
  [BACKEND.PortalSuspended, decodeEmpty],
  [BACKEND.ReadyForQuery, decodeReadyForQuery],
  [BACKEND.RowDescription, again(decodeRowDescription, ({ columns }) => encodeRowDescription(columns))],
]);

export interface CodecRelay {
  readonly port: number;
  /** Types of messages seen in each direction. */
  readonly seen: { readonly frontend: Set<number>; readonly backend: Set<number> };
  readonly problems: string[];
  stop(): Promise<void>;
}

/** Rows go through as runs where `streamRows`, else each is decoded. */
export async function startCodecRelay(
  upstreamPort: number,
  options: { streamRows: boolean },
): Promise<CodecRelay> {
  const seen = { frontend: new Set<number>(), backend: new Set<number>() };
  const problems: string[] = [];
  const sockets = new Set<Socket>();

  function* given(
    framer: MessageFramer,
    decoders: ReadonlyMap<number, Decode>,
    types: Set<number>,
  ): Generator<Buffer> {
    for (let step = framer.next(); step.kind !== 'need-more'; step = framer.next()) {
      if (step.kind === 'error') {
        problems.push(step.code);
        return;
      }
      if (step.kind === 'run') {
        yield step.bytes;
        continue;
      }
      types.add(step.type);
      const read = decoders.get(step.type)?.(step.wire) ?? { ok: false, code: 'no decoder' };
      if (!read.ok) problems.push(`${String.fromCharCode(step.type)}: ${read.code}`);
      yield step.wire;
    }
  }

  async function* fromClient(client: Socket): AsyncGenerator<Buffer> {
    let start: Buffer | undefined = Buffer.alloc(0);
    const framer = new MessageFramer({
      streamed: new Set([FRONTEND.CopyData]),
      knownTypes: FRONTEND_TYPES,
      bytesMax: () => LIMITS.decidedMessageBytesMax,
    });
    for await (const chunk of client as AsyncIterable<Buffer>) {
      let bytes = chunk;
      if (start !== undefined) {
        start = Buffer.concat([start, chunk]);
        const packet = decodeStartup(start);
        if (packet.kind === 'need-more') continue;
        if (packet.kind !== 'startup' && packet.kind !== 'cancel_request') {
          problems.push(`at startup: ${packet.kind}`);
          return;
        }
        yield start.subarray(0, packet.consumed);
        bytes = start.subarray(packet.consumed);
        start = undefined;
      }
      framer.push(bytes);
      yield* given(framer, FRONTEND_DECODERS, seen.frontend);
    }
  }

  async function* fromServer(server: Socket): AsyncGenerator<Buffer> {
    const framer = new MessageFramer({
      streamed: new Set(options.streamRows ? [BACKEND.CopyData, BACKEND.DataRow] : [BACKEND.CopyData]),
      knownTypes: BACKEND_TYPES,
      bytesMax: () => LIMITS.backendControlMessageBytesMax,
    });
    for await (const chunk of server as AsyncIterable<Buffer>) {
      framer.push(chunk);
      yield* given(framer, BACKEND_DECODERS, seen.backend);
    }
  }

  const listener: Server = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port: upstreamPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, server]) sockets.add(socket.setNoDelay());
    // A client that goes away in the middle is not what is looked at here.
    void Promise.allSettled([pipeline(fromClient(client), server), pipeline(fromServer(server), client)]);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    seen,
    problems,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
