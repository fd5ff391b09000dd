/**
 * `envoy.service.auth.v3.Authorization/Check`: the decision about a request's head alone. The walk is that of ext_proc,
 * which ends here where the request would go on.
 */
import type { Log } from '../domain/log.ts';
import type { HttpExchangeFactory, HttpWire } from '../exchange/http/http-wire.ts';
import { decodeCheckRequest, encodeAllowed, encodeDenied } from './ext-authz-messages.ts';
import type { GrpcMethod } from './grpc-server.ts';

export const CHECK_PATH = '/envoy.service.auth.v3.Authorization/Check';

/** The method to serve at `CHECK_PATH`. */
export function checkMethod(factory: HttpExchangeFactory, log: Log): GrpcMethod {
  return {
    kind: 'unary',
    answer: (request) =>
      new Promise((resolve, reject) => {
        const { attributes, fields, hasBody } = decodeCheckRequest(request);
        // The walk ends with its answer, behind the turn that gave it.
        const over = (): void => queueMicrotask(() => exchange.onClosed());
        const answered = (answer: Buffer): void => {
          resolve(answer);
          over();
        };
        const exchange = factory(attributes, {
          ...NO_BODIES,
          continueHeaders: (_direction, changes) => answered(encodeAllowed(changes)),
          reply: (reply) => answered(encodeDenied(reply)),
          abort(reason) {
            log.warn({ reason }, 'check ended');
            reject(new Error(reason));
            over();
          },
        });
        // What may have a body is taken for what has one.
        exchange.onRequestHeaders(fields, hasBody === false);
      }),
  };
}

const NO_BODIES: Pick<HttpWire, 'sendUpstream' | 'sendDownstream' | 'continueTrailers' | 'hold' | 'narrow'> =
  {
    sendUpstream() {},
    sendDownstream() {},
    continueTrailers() {},
    hold() {},
    narrow() {},
  };
