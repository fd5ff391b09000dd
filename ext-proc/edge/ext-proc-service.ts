/**
 * `envoy.service.ext_proc.v3.ExternalProcessor/Process`: one gRPC stream for each exchange. Owns the stream's order
 * (request headers first, one exchange for each stream) and its ends; what an exchange does is its own.
 */
import type { ServerDuplexStream, ServiceDefinition, UntypedHandleCall } from '@grpc/grpc-js';
import type { Log } from '../domain/log.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Exchange, ExchangeFactory } from '../exchange/exchange.ts';
import { ExchangeStream } from './exchange-stream.ts';
import {
  decodeProcessingRequest,
  encodeProcessingResponse,
  type ProcessingRequest,
  type ProcessingResponse,
} from './ext-proc-messages.ts';

type Call = ServerDuplexStream<ProcessingRequest, ProcessingResponse>;

function serve(call: Call, factory: ExchangeFactory, log: Log): void {
  const stream = new ExchangeStream(call, {
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
    stream.abort(reason);
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

  call.on('data', (message: ProcessingRequest) => {
    if (closed) return;
    try {
      receive(message);
    } catch (error) {
      // An exchange does not throw; if one does, its stream dies and nothing goes on (I2).
      log.warn({ err: error }, 'exchange failed');
      refuse('GH_INTERNAL');
    }
  });
  call.on('end', () => {
    stream.finish();
    close();
  });
  call.on('cancelled', close);
  call.on('error', close);
  call.on('close', close);
}

const EMPTY = Buffer.alloc(0);

export const externalProcessorDefinition: ServiceDefinition = {
  Process: {
    path: '/envoy.service.ext_proc.v3.ExternalProcessor/Process',
    requestStream: true,
    responseStream: true,
    requestSerialize: () => {
      throw new Error('the service does not send requests');
    },
    requestDeserialize: decodeProcessingRequest,
    responseSerialize: encodeProcessingResponse,
    responseDeserialize: () => {
      throw new Error('the service does not read responses');
    },
  },
};

/** The handlers for `externalProcessorDefinition`. */
export function externalProcessorHandlers(
  factory: ExchangeFactory,
  log: Log,
): Record<string, UntypedHandleCall> {
  return { Process: (call: Call) => serve(call, factory, log) };
}
