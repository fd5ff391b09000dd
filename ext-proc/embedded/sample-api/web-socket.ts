/**
 * The sample API's WebSocket (RFC 6455): JSON messages come back as `{"echo": …}`, `{"person": 7}` brings that person,
 * card included, and bytes come back as they are. Compression (RFC 7692) is offered, as many servers do.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { WebSocketServer, type WebSocket } from 'ws';

import type { SampleRecords } from '../sample-records.ts';

const MESSAGE_BYTES_MAX = 1_048_576;

export interface SampleWebSocket {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stop(): void;
}

export function createSampleWebSocket(records: SampleRecords): SampleWebSocket {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: true,
  });
  server.on('connection', (socket: WebSocket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) socket.send(data, { binary: true });
      else socket.send(JSON.stringify(reply(data.toString('utf8'), records)));
    });
  });
  return {
    accept: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (accepted) => server.emit('connection', accepted, request)),
    stop: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

function reply(text: string, records: SampleRecords): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: 'not JSON' };
  }
  if (typeof value === 'object' && value !== null && 'person' in value) {
    return { person: records.person(Number(value.person)) ?? null };
  }
  return { echo: value };
}
