/**
 * `grpc.health.v1.Health`: what Envoy asks before it sends a worker streams. A worker that drains says NOT_SERVING, so
 * that new streams go elsewhere while its own go on.
 * Source: the gRPC health checking protocol, health.proto.
 */
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream, ServiceDefinition, UntypedHandleCall } from '@grpc/grpc-js';

const WATCH_INTERVAL_MS = 1_000;
/** HealthCheckResponse{status}: field 1, SERVING 1, NOT_SERVING 2. */
const SERVING = Buffer.from([0x08, 0x01]);
const NOT_SERVING = Buffer.from([0x08, 0x02]);

const asIs = (buffer: Buffer): Buffer => buffer;

export const healthDefinition: ServiceDefinition = {
  Check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
  Watch: {
    path: '/grpc.health.v1.Health/Watch',
    requestStream: false,
    responseStream: true,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
};

/** `serving` is asked each time; every service name gets the same answer, as the worker has but one state. */
export function healthHandlers(serving: () => boolean): Record<string, UntypedHandleCall> {
  return {
    Check: (_call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
      callback(null, serving() ? SERVING : NOT_SERVING);
    },
    Watch: (call: ServerWritableStream<Buffer, Buffer>) => {
      let last: boolean | undefined;
      const tell = (): void => {
        const now = serving();
        if (now === last) return;
        last = now;
        call.write(now ? SERVING : NOT_SERVING);
      };
      tell();
      const timer = setInterval(tell, WATCH_INTERVAL_MS);
      call.on('cancelled', () => clearInterval(timer));
      call.on('close', () => clearInterval(timer));
    },
  };
}
