/** The messages of an HTTP request's stream, handed to its exchange. What goes on is the exchange's to say. */
import type { HttpExchange } from '../exchange/http/http-wire.ts';
import type { StreamWalk } from './ext-proc-service.ts';

export function httpWalk(exchange: HttpExchange): StreamWalk {
  return {
    receive(message) {
      switch (message.kind) {
        case 'headers':
          if (message.direction === 'request') exchange.onRequestHeaders(message.fields, message.endOfStream);
          else exchange.onResponseHeaders(message.fields, message.endOfStream);
          return undefined;
        case 'body':
          if (message.direction === 'request') exchange.onRequestBody(message.body, message.endOfStream);
          else exchange.onResponseBody(message.body, message.endOfStream);
          return undefined;
        case 'trailers':
          if (message.direction === 'request') exchange.onRequestTrailers(message.fields);
          else exchange.onResponseTrailers(message.fields);
          return undefined;
        case 'unknown':
          return 'GH_EDGE_UNKNOWN_MESSAGE';
      }
    },
    closed: () => exchange.onClosed(),
  };
}
