/**
 * Fingerprints of catalogues, each read from the server when it is asked for, over connections of their own: those that
 * read snapshots may be in the middle of one, which is of an earlier moment.
 */
import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { GatehouseError } from '../../domain/errors.ts';
import type { CatalogueFingerprint, RelationName } from '../../domain/ports.ts';
import { connectCatalogue, type CatalogueEndpoint } from './connection.ts';
import { FINGERPRINT } from './fingerprint-query.ts';

/** Of one upstream: holds are rare, and databases few. */
const CONNECTIONS_MAX = 16;
const IDLE_MS = 60_000;

export interface CatalogueFingerprints extends CatalogueFingerprint {
  close(): Promise<void>;
}

/** `endpointOf`: how an upstream's catalogue is reached; undefined where it has no catalogue connection. */
export function createCatalogueFingerprints(
  endpointOf: (upstream: string) => CatalogueEndpoint | undefined,
): CatalogueFingerprints {
  const connections = new Map<string, FingerprintConnection>();
  const of = (upstream: string, endpoint: CatalogueEndpoint, database: string): FingerprintConnection => {
    const key = JSON.stringify([upstream, database]);
    let connection = connections.get(key);
    if (connection === undefined) {
      const [oldest] = connections.keys();
      if (connections.size >= CONNECTIONS_MAX && oldest !== undefined) {
        void connections.get(oldest)?.close();
        connections.delete(oldest);
      }
      connection = new FingerprintConnection(endpoint, database);
      connections.set(key, connection);
    }
    return connection;
  };
  return {
    readable: (upstream) => endpointOf(upstream) !== undefined,
    async fingerprint(upstream, database, relations) {
      const endpoint = endpointOf(upstream);
      if (endpoint === undefined) throw unavailable(upstream, 'it has no catalogue connection');
      try {
        return await of(upstream, endpoint, database).read(relations);
      } catch (error) {
        throw unavailable(upstream, error instanceof Error ? error.message : String(error), error);
      }
    },
    async close() {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
      connections.clear();
    },
  };
}

class FingerprintConnection {
  readonly #endpoint: CatalogueEndpoint;
  readonly #database: string;
  #client: Promise<Client> | undefined;
  /** One reading after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(endpoint: CatalogueEndpoint, database: string) {
    this.#endpoint = endpoint;
    this.#database = database;
  }

  read(relations: readonly RelationName[] | 'all'): Promise<string> {
    const reading = this.#last.then(() => this.#read(relations));
    this.#last = reading.catch(() => undefined);
    return reading;
  }

  async #read(relations: readonly RelationName[] | 'all'): Promise<string> {
    clearTimeout(this.#idle);
    this.#client ??= connectCatalogue(this.#endpoint, this.#database);
    const connecting = this.#client;
    try {
      const client = await connecting;
      const named = relations === 'all' ? [] : relations;
      const { rows } = await client.query<unknown[]>({
        text: FINGERPRINT,
        values: [relations === 'all', named.map(({ schema }) => schema), named.map(({ name }) => name)],
        rowMode: 'array',
      });
      this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref();
      return createHash('sha256').update(JSON.stringify(rows[0])).digest('hex');
    } catch (error) {
      if (this.#client === connecting) void this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const client = this.#client;
    this.#client = undefined;
    await client?.then((open) => open.end()).catch(() => undefined);
  }
}

const unavailable = (upstream: string, reason: string, cause?: unknown): GatehouseError =>
  new GatehouseError('GH_CATALOGUE_UNAVAILABLE', 'The catalogue of the database cannot be read now.', {
    message: `the catalogue of ${upstream} cannot be read for a fingerprint: ${reason}`,
    cause,
  });
