import { Client, credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createGrpcServer,
  FRAME_PREFIX_BYTES,
  frameOf,
  GrpcFrameReader,
  type GrpcServer,
} from './grpc-server.ts';
import { FRAME_HEADER_BYTES } from './http2/frame.ts';
import { HEALTH_CHECK_PATH, healthMethod } from './health-service.ts';

const framed = (bytes: Uint8Array): Buffer => {
  const frame = frameOf(bytes.length);
  frame.set(bytes, FRAME_PREFIX_BYTES);
  return frame;
};

describe('GrpcFrameReader', () => {
  it('gives the same messages for any split of the same bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.nat({ max: 12 })),
        (messages, cuts) => {
          const bytes = Buffer.concat(
            messages.map((message) => framed(message).subarray(FRAME_HEADER_BYTES)),
          );
          const reader = new GrpcFrameReader();
          const seen: string[] = [];
          let at = 0;
          const push = (length: number): void => {
            reader.push(bytes.subarray(at, at + length), (message) => seen.push(message.toString('hex')));
            at += length;
          };
          for (const cut of cuts) push(Math.min(cut, bytes.length - at));
          push(bytes.length - at);
          expect(seen).toEqual(messages.map((message) => Buffer.from(message).toString('hex')));
        },
      ),
    );
  });

  it('refuses a compressed message and a length above its limit before it keeps a byte of it', () => {
    expect(() => new GrpcFrameReader().push(Buffer.from([1, 0, 0, 0, 0]), () => {})).toThrow('compressed');
    expect(() => new GrpcFrameReader().push(Buffer.from([0, 0xff, 0, 0, 0]), () => {})).toThrow('too large');
  });
});

describe('the server, to a gRPC client of another library', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gh-grpc-'));
  const path = join(directory, 's.sock');
  let server: GrpcServer;
  let serving = true;
  let opened = 0;

  beforeAll(async () => {
    server = createGrpcServer({
      methods: new Map([
        [HEALTH_CHECK_PATH, healthMethod(() => serving)],
        [
          '/test.Echo/Stream',
          {
            kind: 'bidi' as const,
            open: (stream) => {
              opened++;
              return {
                onMessage: (message) =>
                  message.toString() === 'reset' ? stream.reset() : stream.send(framed(message)),
                onEnd: () => stream.end(),
                onClosed: () => {
                  opened--;
                },
              };
            },
          },
        ],
      ]),
    });
    await server.listen({ path });
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  const same = (bytes: Buffer): Buffer => bytes;
  const client = (): Client => new Client(`unix:${path}`, credentials.createInsecure());

  it('answers health checks with the state of the moment', async () => {
    const definition = loadSync('grpc/health/v1/health.proto', {
      includeDirs: [join(import.meta.dirname, '../../protos')],
      enums: String,
    });
    const root = loadPackageDefinition(definition) as unknown as {
      grpc: { health: { v1: { Health: ServiceClientConstructor } } };
    };
    const health = new root.grpc.health.v1.Health(`unix:${path}`, credentials.createInsecure());
    const check = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        (
          health as unknown as {
            Check(request: object, done: (error: Error | null, value: unknown) => void): void;
          }
        ).Check({}, (error, value) => (error === null ? resolve(value) : reject(error)));
      });
    expect(await check()).toEqual({ status: 'SERVING' });
    serving = false;
    expect(await check()).toEqual({ status: 'NOT_SERVING' });
    serving = true;
    health.close();
  });

  it('carries a megabyte both ways and ends with OK after the client has', async () => {
    const grpc = client();
    const call = grpc.makeBidiStreamRequest('/test.Echo/Stream', same, same);
    const sent = Buffer.alloc(1_048_576, 7);
    const received: Buffer[] = [];
    call.on('data', (message: Buffer) => received.push(message));
    const status = new Promise((resolve) => call.on('status', resolve));
    call.write(sent);
    call.write(Buffer.from('last'));
    call.end();
    expect(await status).toMatchObject({ code: 0 });
    expect(received.map((message) => message.length)).toEqual([sent.length, 4]);
    expect(received[0]?.equals(sent)).toBe(true);
    grpc.close();
  });

  it('ends a reset stream with an error at the client, and frees it', async () => {
    const grpc = client();
    const call = grpc.makeBidiStreamRequest('/test.Echo/Stream', same, same);
    call.on('data', () => {});
    call.on('error', () => {});
    const status = new Promise<{ code: number }>((resolve) => call.on('status', resolve));
    call.write(Buffer.from('reset'));
    expect((await status).code).not.toBe(0);
    await expect.poll(() => opened).toBe(0);
    grpc.close();
  });

  it('says UNIMPLEMENTED for a method that it does not have', async () => {
    const grpc = client();
    const code = await new Promise((resolve) => {
      grpc.makeUnaryRequest('/test.Echo/Nothing', same, same, Buffer.alloc(0), (error) =>
        resolve(error?.code),
      );
    });
    expect(code).toBe(12);
    grpc.close();
  });
});
