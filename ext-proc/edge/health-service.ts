/**
 * `grpc.health.v1.Health/Check`: what Envoy asks before it sends a worker streams. A worker that drains says
 * NOT_SERVING, so that new streams go elsewhere while its own go on.
 * Source: the gRPC health checking protocol, health.proto. Watch is not served: Envoy does not use it.
 */
import type { GrpcMethod } from './grpc-server.ts';

export const HEALTH_CHECK_PATH = '/grpc.health.v1.Health/Check';

/** HealthCheckResponse{status}: field 1, SERVING 1, NOT_SERVING 2. */
const SERVING = Buffer.from([0x08, 0x01]);
const NOT_SERVING = Buffer.from([0x08, 0x02]);

/** `serving` is asked each time; every service name gets the same answer, as the worker has but one state. */
export function healthMethod(serving: () => boolean): GrpcMethod {
  return { kind: 'unary', answer: () => (serving() ? SERVING : NOT_SERVING) };
}
