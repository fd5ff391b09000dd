/**
 * `envoy.service.ext_proc.v3.ExternalProcessor/Process`: one gRPC stream for each exchange. Owns the stream's order
 * (request headers first, one exchange for each stream) and its ends; what an exchange does is its own.
 */
import type { Log } from '../domain/log.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Exchange, ExchangeFactory } from '../exchange/exchange.ts';
import type { HttpExchangeFactory } from '../exchange/http/http-wire.ts';
import { fieldValue, type HeaderFields } from '../protocols/http/header-fields.ts';
import { ExchangeStream } from './exchange-stream.ts';
import { decodeProcessingRequest, type ProcessingRequest } from './ext-proc-messages.ts';
import type { GrpcMethod, GrpcStream, GrpcStreamEvents } from './grpc-server.ts';
import { httpWalk } from './http-walk.ts';

export const PROCESS_PATH = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';

/** What a stream may carry: a tunnelled connection, or an HTTP request. */
export interface ExchangeFactories {
  readonly tunnel: ExchangeFactory;
  readonly http: HttpExchangeFactory;
}

/** A stream's messages on their way to one exchange; `receive` returns why the stream is refused, where it is. */
export interface StreamWalk {
  receive(message: ProcessingRequest): string | undefined;
  closed(): void;
}

/** The method to serve at `PROCESS_PATH`. */
export function processMethod(factories: ExchangeFactories, log: Log): GrpcMethod {
  return { kind: 'bidi', open: (grpc) => serve(grpc, factories, log) };
}

function serve(grpc: GrpcStream, factories: ExchangeFactories, log: Log): GrpcStreamEvents {
  const stream = new ExchangeStream(grpc, {
    downstreamBytesHigh: LIMITS.outboundBytesHigh,
    upstreamBytesHigh: LIMITS.upstreamBacklogBytesMax,
  });
  let walk: StreamWalk | undefined;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    walk?.closed();
  };
  const refuse = (reason: string): void => {
    log.warn({ reason }, 'stream refused');
    stream.abort();
    close();
  };
  const receive = (message: ProcessingRequest): void => {
    walk ??= walkOf(message, factories, stream);
    const refusal = walk === undefined ? 'GH_EDGE_ORDER' : walk.receive(message);
    if (refusal !== undefined) refuse(refusal);
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

/** By its first message: what came by an HTTP listener says so in attributes that Envoy alone sets. */
function walkOf(
  message: ProcessingRequest,
  factories: ExchangeFactories,
  stream: ExchangeStream,
): StreamWalk | undefined {
  if (message.kind !== 'headers') return undefined;
  if (message.direction === 'response') return localReplyWalk(stream);
  return message.attributes === undefined
    ? tunnelWalk(factories.tunnel, stream)
    : httpWalk(factories.http(message.attributes, stream, stream));
}

/**
 * An answer of Envoy's own before any request was understood (envoy-facts, trap 8): there is nothing to gate in it, and no
 * upstream was asked.
 */
function localReplyWalk(stream: ExchangeStream): StreamWalk {
  return {
    receive(message) {
      if (message.kind === 'unknown' || message.direction === 'request') return 'GH_EDGE_ORDER';
      if (message.kind === 'headers') stream.continueHeaders('response');
      else if (message.kind === 'trailers') stream.continueTrailers('response');
      else stream.sendDownstream([message.body], message.endOfStream);
      return undefined;
    },
    closed() {},
  };
}

function tunnelWalk(factory: ExchangeFactory, stream: ExchangeStream): StreamWalk {
  let exchange: Exchange | undefined;
  return {
    receive(message) {
      switch (message.kind) {
        case 'headers':
          if (message.direction === 'request') {
            if (exchange !== undefined) return 'GH_EDGE_ORDER';
            exchange = factory(joined(message.fields), stream);
            if (exchange === undefined) return 'GH_EDGE_REFUSED';
            stream.continueHeaders('request');
            if (message.endOfStream) exchange.onRequestBody(EMPTY, true);
            return undefined;
          }
          if (exchange === undefined) return 'GH_EDGE_ORDER';
          stream.continueHeaders('response');
          exchange.onResponseHeaders(joined(message.fields), message.endOfStream);
          return undefined;
        case 'body':
          if (exchange === undefined) return 'GH_EDGE_ORDER';
          if (message.direction === 'request') exchange.onRequestBody(message.body, message.endOfStream);
          else exchange.onResponseBody(message.body, message.endOfStream);
          return undefined;
        case 'trailers':
          stream.continueTrailers(message.direction);
          return undefined;
        case 'unknown':
          return 'GH_EDGE_UNKNOWN_MESSAGE';
      }
    },
    closed: () => exchange?.onClosed(),
  };
}

/** Lines of one name joined with a comma, as RFC 9110 section 5.2 joins them. */
const joined = (fields: HeaderFields): ReadonlyMap<string, string> =>
  new Map(fields.map(([name]) => [name, fieldValue(fields, name) as string]));

const EMPTY = Buffer.alloc(0);
