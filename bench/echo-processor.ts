/**
 * An ext_proc service that does nothing: every chunk goes on as it came, in both directions. It is what a bench
 * subtracts from the gate, over the same Envoy path and the same gRPC library, with proto-loader's own codec; and
 * it is how the tests of the Envoy configuration look at Envoy alone.
 *
 * Run by itself: node bench/echo-processor.ts --socket PATH
 */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Server, ServerCredentials, loadPackageDefinition } from '@grpc/grpc-js';
import type {
  ServerCredentials as Credentials,
  ServerDuplexStream,
  ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTOS = fileURLToPath(new URL('../protos', import.meta.url));
/** Envoy may send chunks of 1 MB; grpc-js allows 4 MB where not told. */
const MESSAGE_BYTES_MAX = 16 * 1_048_576;

interface HttpBody {
  readonly body: Buffer;
  readonly end_of_stream: boolean;
}
interface HttpHeaders {
  readonly headers: { readonly headers: readonly { readonly key: string; readonly raw_value: Buffer }[] };
}
interface ProcessingRequest {
  readonly request:
    | 'request_headers'
    | 'response_headers'
    | 'request_body'
    | 'response_body'
    | 'request_trailers'
    | 'response_trailers';
  readonly request_headers?: HttpHeaders;
  readonly request_body?: HttpBody;
  readonly response_body?: HttpBody;
}
type Call = ServerDuplexStream<ProcessingRequest, object>;

export interface EchoOptions {
  /** `unix:/path`, or `host:port`. */
  readonly address: string;
  /** Default: none, which is right for a unix socket. */
  readonly credentials?: Credentials;
  /** Called with the request headers of each stream. */
  readonly onHeaders?: (headers: ReadonlyMap<string, string>) => void;
}

export interface EchoProcessor {
  /** The port, where `address` had one. */
  readonly port: number;
  /** Ends at once, live streams included. */
  stop(): void;
}

function echo(request: ProcessingRequest): object {
  const { request: kind } = request;
  if (kind === 'request_body' || kind === 'response_body') {
    const { body, end_of_stream } = request[kind] as HttpBody;
    return { [kind]: { response: { body_mutation: { streamed_response: { body, end_of_stream } } } } };
  }
  return { [kind]: {} };
}

function serve(call: Call, onHeaders: EchoOptions['onHeaders']): void {
  call.on('data', (request: ProcessingRequest) => {
    if (request.request === 'request_headers') onHeaders?.(headerMap(request.request_headers as HttpHeaders));
    // Envoy stops reading a stream whose peer does not: without the pause the bytes would pile up here.
    if (!call.write(echo(request))) {
      call.pause();
      call.once('drain', () => call.resume());
    }
  });
  // OK is the right end only once Envoy has ended its side.
  call.on('end', () => call.end());
  call.on('error', () => undefined);
}

const headerMap = ({ headers }: HttpHeaders): ReadonlyMap<string, string> =>
  new Map(headers.headers.map(({ key, raw_value }) => [key, raw_value.toString()]));

/** Serves ext_proc and gRPC health at an address. Rejects where it cannot listen. */
export async function startEchoProcessor(options: EchoOptions): Promise<EchoProcessor> {
  const definition = loadSync(
    ['envoy/service/ext_proc/v3/external_processor.proto', 'grpc/health/v1/health.proto'],
    {
      includeDirs: [PROTOS],
      keepCase: true,
      oneofs: true,
      defaults: true,
      enums: String,
    },
  );
  const root = loadPackageDefinition(definition) as unknown as {
    envoy: { service: { ext_proc: { v3: { ExternalProcessor: ServiceClientConstructor } } } };
    grpc: { health: { v1: { Health: ServiceClientConstructor } } };
  };
  const server = new Server({
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
  });
  server.addService(root.envoy.service.ext_proc.v3.ExternalProcessor.service, {
    Process: (call: Call) => serve(call, options.onHeaders),
  });
  server.addService(root.grpc.health.v1.Health.service, {
    Check: (_call: unknown, answer: (error: null, value: object) => void) =>
      answer(null, { status: 'SERVING' }),
    Watch: (call: { write(value: object): void }) => call.write({ status: 'SERVING' }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      options.address,
      options.credentials ?? ServerCredentials.createInsecure(),
      (error, bound) => (error === null ? resolve(bound) : reject(error)),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { socket: { type: 'string' } } });
  if (values.socket === undefined) {
    process.stderr.write('usage: node bench/echo-processor.ts --socket PATH\n');
    process.exit(2);
  }
  // What a killed process left behind is in the way.
  await rm(values.socket, { force: true });
  await startEchoProcessor({ address: `unix:${values.socket}` });
  process.stdout.write('ready\n');
}
