/**
 * The gate's own connection to a database: through Envoy's socket or an address, with the TLS that the upstream's
 * configuration asks for, verified by name even over a socket.
 */
import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import { revealSecret, type Secret } from '../../domain/secret.ts';

export interface CatalogueEndpoint {
  /** A unix socket that leads to the server, or its address. */
  readonly connect: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly tls: {
    readonly mode: 'disable' | 'prefer' | 'require' | 'verify-full';
    /** PEM; undefined: the CAs that Node trusts. */
    readonly ca: string | undefined;
    readonly serverName: string;
  };
  readonly user: string;
  /** Asked for at each connection, so that a rotated one is found. */
  readonly password: () => Promise<Secret<string> | undefined>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 15_000;
/** Of the driver's error where the server says no to TLS. */
export const NO_TLS_MESSAGE = 'does not support SSL';

/** A connected client, read-only and with pg_catalog for its path. Throws what the driver throws. */
export async function connectCatalogue(endpoint: CatalogueEndpoint, database: string): Promise<Client> {
  const { mode } = endpoint.tls;
  if (mode === 'disable') return open(endpoint, database, false);
  try {
    return await open(endpoint, database, true);
  } catch (error) {
    if (mode !== 'prefer' || !(error instanceof Error) || !error.message.includes(NO_TLS_MESSAGE))
      throw error;
    return open(endpoint, database, false);
  }
}

async function open(endpoint: CatalogueEndpoint, database: string, tls: boolean): Promise<Client> {
  const { connect, tls: settings } = endpoint;
  const password = await endpoint.password();
  const config: ClientConfig = {
    // With a stream of our own, host is what the server's certificate must name.
    host: settings.serverName,
    port: 'port' in connect ? connect.port : 5432,
    stream: () => streamTo(connect),
    user: endpoint.user,
    database,
    // Never the driver's own search through files and environment.
    password: () => (password === undefined ? '' : revealSecret(password)),
    ssl: tls ? tlsOptions(settings) : false,
    application_name: 'gatehouse catalogue',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  };
  const client = new Client(config);
  // A connection that breaks while idle is found by the next query; the event must only not go unheard.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(
      "SET search_path = pg_catalog; SET default_transaction_read_only = on; SET statement_timeout = '15s'; SET client_encoding = 'UTF8'",
    );
    return client;
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}

/** The driver's options for a mode with TLS; the name to verify is the one it is told to connect to. */
export function tlsOptions({ mode, ca }: Pick<CatalogueEndpoint['tls'], 'mode' | 'ca'>): ConnectionOptions {
  if (mode !== 'verify-full') return { rejectUnauthorized: false, checkServerIdentity: () => undefined };
  return { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
}

/** A socket that connects to our endpoint, whatever host and port the driver asks it for. */
export function streamTo(connect: CatalogueEndpoint['connect']): Socket {
  const socket = new Socket();
  const target = 'path' in connect ? { path: connect.path } : { host: connect.host, port: connect.port };
  const original = socket.connect.bind(socket) as (options: typeof target) => Socket;
  socket.connect = ((): Socket => original(target)) as Socket['connect'];
  return socket;
}
