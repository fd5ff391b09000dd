/**
 * One upstream's catalogues, a snapshot for each database, kept fresh: on a timer, when a statement has changed
 * something, when another gate says so, and when a name is missing. A catalogue that cannot be read is undefined,
 * and every name is then unresolved (I2); it comes back by itself.
 */
import type { TypeLookup } from '../../protocols/postgres/types/pg-type.ts';
import { readTypes } from './read-types.ts';
import type { Client } from 'pg';
import { GatehouseError } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { CatalogueSnapshot } from '../../protocols/postgres/sql/catalogue-snapshot.ts';
import type { CatalogueReader } from '../statement-describer.ts';
import { type CatalogueEndpoint, connectCatalogue } from './connection.ts';
import { createDefinitionParser, type DefinitionParser } from './definition-parser.ts';
import { readProbe, readSnapshot, type RunQuery } from './read-snapshot.ts';

export interface CatalogueOptions extends CatalogueEndpoint {
  readonly upstream: string;
  readonly refreshMs: number;
  readonly log: Log;
  /** A database's catalogue has been read, and is another than before. */
  readonly onRead?: (database: string, snapshot: CatalogueSnapshot) => void;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
}

export type Catalogue = CatalogueReader & {
  /** As it was read last, whether or not it is being read again. */
  latest(database: string): CatalogueSnapshot | undefined;
  /** Types of the database that are not built in, as they were read last. */
  types(database: string): TypeLookup;
  close(): Promise<void>;
};

const DATABASES_MAX = 64;
/** Another reading for a missing name, or after a failure, at the earliest. */
const AGAIN_MS = 1_000;
/** A snapshot that could not be confirmed for so many refreshes is not used any more. */
const STALE_REFRESHES = 2;
const STALE_MIN_MS = 5_000;
const CHANNEL = 'gatehouse_catalogue';
const NO_TYPES: TypeLookup = () => undefined;

export function createCatalogue(options: CatalogueOptions): Catalogue {
  const databases = new Map<string, DatabaseCatalogue>();
  const of = (database: string): DatabaseCatalogue | undefined => {
    let catalogue = databases.get(database);
    if (catalogue === undefined) {
      if (databases.size >= DATABASES_MAX) {
        options.log.warn(
          { code: 'GH_CATALOGUE_DATABASES', upstream: options.upstream },
          'too many databases to describe',
        );
        return undefined;
      }
      catalogue = new DatabaseCatalogue(options, database);
      databases.set(database, catalogue);
    }
    return catalogue;
  };
  return {
    snapshot: (database) => of(database)?.snapshot(),
    latest: (database) => databases.get(database)?.latest,
    types: (database) => databases.get(database)?.types ?? NO_TYPES,
    missed: (database) => of(database)?.missed() ?? Promise.resolve(undefined),
    changed: (database) => databases.get(database)?.changed(),
    async close() {
      const all = [...databases.values()];
      databases.clear();
      await Promise.all(all.map((catalogue) => catalogue.close()));
    },
  };
}

class DatabaseCatalogue {
  readonly #options: CatalogueOptions;
  readonly #database: string;
  readonly #timer: NodeJS.Timeout;
  readonly #definitions: DefinitionParser = createDefinitionParser();
  #client: Client | undefined;
  #snapshot: CatalogueSnapshot | undefined;
  #types: TypeLookup = NO_TYPES;
  #probe: string | undefined;
  /** When the snapshot was last known to be right. */
  #confirmedAtMs = Number.NEGATIVE_INFINITY;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  /** Changes that were heard of, and how many of them the snapshot has seen. */
  #changes = 1;
  #seen = 0;
  /** A change of our own, of which the others are to hear. */
  #tell = false;
  #failing = false;
  #closed = false;

  constructor(options: CatalogueOptions, database: string) {
    this.#options = options;
    this.#database = database;
    this.#timer = setInterval(() => void this.#read(), options.refreshMs);
    this.#timer.unref();
  }

  snapshot(): CatalogueSnapshot | undefined | Promise<CatalogueSnapshot | undefined> {
    if (this.#seen === this.#changes) return this.#current();
    const recently = this.#options.monotonicMs() - this.#startedAtMs < AGAIN_MS;
    if (this.#failing && recently && this.#reading === undefined) return undefined;
    return this.#settled().then(() => this.#current());
  }

  get latest(): CatalogueSnapshot | undefined {
    return this.#snapshot;
  }

  get types(): TypeLookup {
    return this.#types;
  }

  async missed(): Promise<CatalogueSnapshot | undefined> {
    const recently = this.#options.monotonicMs() - this.#startedAtMs < AGAIN_MS;
    if (!recently || this.#reading !== undefined) await this.#read();
    return this.#current();
  }

  changed(): void {
    this.#changes++;
    this.#tell = true;
    void this.#settled();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
    await this.#definitions.close();
  }

  #current(): CatalogueSnapshot | undefined {
    if (this.#seen !== this.#changes) return undefined;
    const staleMs = Math.max(STALE_MIN_MS, STALE_REFRESHES * this.#options.refreshMs);
    if (this.#options.monotonicMs() - this.#confirmedAtMs > staleMs) return undefined;
    return this.#snapshot;
  }

  /** Until a reading that began after the last change has ended, or one has failed. */
  async #settled(): Promise<void> {
    do await this.#read();
    while (this.#seen !== this.#changes && !this.#failing && !this.#closed);
  }

  /** One reading at a time; whoever asks while one runs waits for that one. */
  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    if (this.#closed) return;
    const startedAtMs = this.#options.monotonicMs();
    const changes = this.#changes;
    this.#startedAtMs = startedAtMs;
    try {
      const client = (this.#client ??= await this.#connect());
      if (this.#closed) return this.#discard();
      const run: RunQuery = async (text, values) =>
        (
          await client.query<Record<string, unknown>>({
            text,
            values: values === undefined ? [] : [...values],
          })
        ).rows;
      const probe = await readProbe(run);
      if (probe !== this.#probe || this.#snapshot === undefined) {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const definitions = this.#definitions.reading();
        this.#keep(await readSnapshot(run, definitions.parse));
        definitions.done();
        this.#types = await readTypes(run);
        await client.query('COMMIT');
        this.#probe = probe;
      }
      if (this.#tell) {
        this.#tell = false;
        // Other workers and gates read this database too. A standby cannot notify; their timers have to do there.
        await client.query(`NOTIFY ${CHANNEL}`).catch(() => undefined);
      }
      this.#seen = changes;
      this.#confirmedAtMs = startedAtMs;
      if (this.#failing) this.#options.log.info(this.#fields(), 'the catalogue can be read again');
      this.#failing = false;
    } catch (error) {
      if (this.#closed) return;
      this.#discard();
      if (!this.#failing) {
        const code = error instanceof GatehouseError ? error.code : 'GH_CATALOGUE_UNAVAILABLE';
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.log.error(
          { ...this.#fields(), code, reason },
          'the catalogue cannot be read: names are unresolved until it can',
        );
      }
      this.#failing = true;
    }
  }

  /** The same content keeps the same object, which is what callers compare. */
  #keep(read: CatalogueSnapshot): void {
    const old = this.#snapshot;
    const same =
      old !== undefined &&
      old.version === read.version &&
      old.temporaryNames.size === read.temporaryNames.size &&
      [...read.temporaryNames].every((name) => old.temporaryNames.has(name));
    if (same) return;
    this.#snapshot = read;
    if (old?.version !== read.version) this.#options.onRead?.(this.#database, read);
  }

  async #connect(): Promise<Client> {
    const client = await connectCatalogue(this.#options, this.#database);
    client.on('end', () => {
      if (this.#client === client) this.#client = undefined;
    });
    client.on('notification', (message) => {
      if (message.channel !== CHANNEL || message.processId === processIdOf(client)) return;
      this.#changes++;
      void this.#settled();
    });
    // A standby cannot listen: the timer has to do there.
    await client.query(`LISTEN ${CHANNEL}`).catch(() => undefined);
    return client;
  }

  #discard(): void {
    const client = this.#client;
    this.#client = undefined;
    void client?.end().catch(() => undefined);
  }

  #fields(): object {
    return { upstream: this.#options.upstream, database: this.#database };
  }
}

const processIdOf = (client: Client): number | undefined =>
  (client as Client & { processID?: number | null }).processID ?? undefined;
