/**
 * `envoy.service.ext_proc.v3.ExternalProcessor/Process`: one gRPC stream for each exchange. Owns the stream's order
 * (request headers first, one exchange for each stream) and its ends; what an exchange does is its own.
 */
import type { Log } from '../domain/log.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Exchange, ExchangeFactory } from '../exchange/exchange.ts';
import { ExchangeStream } from './exchange-stream.ts';
import { decodeProcessingRequest, type ProcessingRequest } from './ext-proc-messages.ts';
import type { GrpcMethod, GrpcStream, GrpcStreamEvents } from './grpc-server.ts';

export const PROCESS_PATH = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';

/** The method to serve at `PROCESS_PATH`. */
export function processMethod(factory: ExchangeFactory, log: Log): GrpcMethod {
  return { kind: 'bidi', open: (grpc) => serve(grpc, factory, log) };
}

function serve(grpc: GrpcStream, factory: ExchangeFactory, log: Log): GrpcStreamEvents {
  const stream = new ExchangeStream(grpc, {
    downstreamBytesHigh: LIMITS.outboundBytesHigh,
    upstreamBytesHigh: LIMITS.upstreamBacklogBytesMax,
  });
  let exchange: Exchange | undefined;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    exchange?.onClosed();
  };
  const refuse = (reason: string): void => {
    log.warn({ reason }, 'stream refused');
    stream.abort();
    close();
  };
  const receive = (message: ProcessingRequest): void => {
    switch (message.kind) {
      case 'headers':
        if (message.direction === 'request') {
          if (exchange !== undefined) return refuse('GH_EDGE_ORDER');
          exchange = factory(message.headers, stream);
          if (exchange === undefined) return refuse('GH_EDGE_REFUSED');
          stream.continueHeaders('request');
          if (message.endOfStream) exchange.onRequestBody(EMPTY, true);
          return;
        }
        // A local reply of Envoy's can start with response headers (trap 8): there is nothing to gate in it.
        if (exchange === undefined) return refuse('GH_EDGE_ORDER');
        stream.continueHeaders('response');
        return exchange.onResponseHeaders(message.headers, message.endOfStream);
      case 'body':
        if (exchange === undefined) return refuse('GH_EDGE_ORDER');
        if (message.direction === 'request') return exchange.onRequestBody(message.body, message.endOfStream);
        return exchange.onResponseBody(message.body, message.endOfStream);
      case 'trailers':
        return stream.continueTrailers(message.direction);
      case 'unknown':
        return refuse('GH_EDGE_UNKNOWN_MESSAGE');
    }
  };

  return {
    onMessage(message) {
      if (closed) return;
      try {
        receive(decodeProcessingRequest(message));
      } catch (error) {
        // An exchange does not throw; if one does, its stream dies and nothing goes on (I2).
        log.warn({ err: error }, 'exchange failed');
        refuse('GH_INTERNAL');
      }
    },
    onEnd() {
      stream.finish();
      close();
    },
    onClosed: close,
  };
}

const EMPTY = Buffer.alloc(0);
