/**
 * The echo processor on the gate's own gRPC server and codec: what is left of the gate when it does no work. Beside the
 * echo on @grpc/grpc-js it tells the server's part in a figure from the walk's.
 *
 * Run by itself: node bench/bare-processor.ts --socket PATH
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PROCESS_PATH, processMethod } from '../ext-proc/edge/ext-proc-service.ts';
import type { HttpExchangeFactory } from '../ext-proc/exchange/http/http-wire.ts';
import { createGrpcServer } from '../ext-proc/edge/grpc-server.ts';
import { HEALTH_CHECK_PATH, healthMethod } from '../ext-proc/edge/health-service.ts';
import type { ExchangeFactory } from '../ext-proc/exchange/exchange.ts';
import { NO_HEADER_CHANGES } from '../ext-proc/protocols/http/header-fields.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

const bare: ExchangeFactory = (_headers, wire) => ({
  onRequestBody: (body, endOfStream) => wire.sendUpstream([body], endOfStream),
  onResponseHeaders: silent,
  onResponseBody: (body, endOfStream) => wire.sendDownstream([body], endOfStream),
  onClosed: silent,
});

const bareHttp: HttpExchangeFactory = (_attributes, wire) => ({
  onRequestHeaders: () => wire.continueHeaders('request', NO_HEADER_CHANGES),
  onRequestBody: (body, endOfStream) => wire.sendUpstream([body], endOfStream),
  onRequestTrailers: () => wire.continueTrailers('request', NO_HEADER_CHANGES),
  onResponseHeaders: () => wire.continueHeaders('response', NO_HEADER_CHANGES),
  onResponseBody: (body, endOfStream) => wire.sendDownstream([body], endOfStream),
  onResponseTrailers: () => wire.continueTrailers('response', NO_HEADER_CHANGES),
  onClosed: silent,
});

const { values } = parseArgs({ options: { socket: { type: 'string' } } });
if (values.socket === undefined) {
  process.stderr.write('usage: node bench/bare-processor.ts --socket PATH\n');
  process.exit(2);
}
// What a killed process left behind is in the way.
await rm(values.socket, { force: true });
const server = createGrpcServer({
  methods: new Map([
    [PROCESS_PATH, processMethod({ tunnel: bare, http: bareHttp }, log)],
    [HEALTH_CHECK_PATH, healthMethod(() => true)],
  ]),
});
await server.listen({ path: values.socket });
process.stdout.write('ready\n');
