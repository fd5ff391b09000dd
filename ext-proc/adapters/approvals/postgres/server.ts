/**
 * The PostgreSQL server of approvals: connections, transactions, and what is said when it cannot be used. Everything has a
 * time limit: a server that says nothing is one that cannot be used. The password is asked for at each connection, so
 * that a rotated one is found.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool, type ClientConfig, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import type { Log } from '../../../domain/log.ts';
import { revealSecret, type Secret } from '../../../domain/secret.ts';
import { NO_TLS_MESSAGE, streamTo, tlsOptions } from '../../catalogue/connection.ts';
import { unavailable } from '../unavailable.ts';
import { createSchema } from './schema.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: () => Promise<Secret<string> | undefined>;
  /** Undefined: without. */
  readonly tls:
    | {
        readonly mode: 'prefer' | 'require' | 'verify-full';
        /** PEM; undefined: the CAs that Node trusts. */
        readonly ca: string | undefined;
        readonly serverName: string;
      }
    | undefined;
  readonly log: Log;
}

/** One statement; several where there are no values. */
export type Run = <Row extends QueryResultRow>(
  sql: string,
  values?: readonly unknown[],
) => Promise<QueryResult<Row>>;

const CONNECTIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 3_000;
/** Also where the server's own limits do not reach us any more. */
const ANSWER_TIMEOUT_MS = 6_000;
const GOODBYE_MS = 2_000;
const IDLE_MS = 60_000;
/** deadlock_detected and serialization_failure: nothing was done, and trying again is the remedy. */
const AGAIN = new Set(['40P01', '40001']);
const ATTEMPTS_MAX = 4;

export class ApprovalsServer {
  readonly where: string;
  readonly #options: ServerOptions;
  #withTls: boolean;
  #pool: Pool;
  #prepared: Promise<void> | undefined;
  #closed = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.where = `PostgreSQL ${options.host}:${options.port}, database ${options.database}`;
    this.#withTls = options.tls !== undefined;
    this.#pool = this.#newPool();
  }

  /** One statement, which is a transaction of its own. Rejects with GH_APPROVALS_UNAVAILABLE. */
  readonly run: Run = (sql, values) =>
    this.#again(async () => {
      await this.prepared();
      return this.#withClient((run) => run(sql, values));
    });

  /**
   * `work` in one transaction; it may run more than once, and only its last run counts. What it throws of its own is
   * thrown as it is. Rejects with GH_APPROVALS_UNAVAILABLE, also where nobody knows whether it was committed.
   */
  write<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#again(async () => {
      await this.prepared();
      return this.#transaction(work);
    });
  }

  /** Resolves once the tables are there. Rejects with GH_APPROVALS_VERSION or GH_APPROVALS_UNAVAILABLE. */
  prepared(): Promise<void> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  /** A connection of its own, for listening; the caller's to end. Rejects with GH_APPROVALS_UNAVAILABLE. */
  async connect(): Promise<Client> {
    const client = new Client(this.#config());
    // A connection that breaks is found by the next query; the event must only not go unheard.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      void client.end().catch(() => undefined);
      if (this.#goesWithoutTls(error)) return this.connect();
      throw unavailable(this.where, error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // A server that is silent does not say goodbye either.
    await Promise.race([this.#pool.end(), sleep(GOODBYE_MS, undefined, { ref: false })]);
  }

  async #prepare(): Promise<void> {
    try {
      await this.#transaction((run) => createSchema(run, this.where));
    } catch (error) {
      if (!this.#goesWithoutTls(error)) throw error;
      await this.#transaction((run) => createSchema(run, this.where));
    }
  }

  /** Whether the server has no TLS and need not: from now on it is asked for none (libpq's `prefer`). */
  #goesWithoutTls(error: unknown): boolean {
    if (this.#options.tls?.mode !== 'prefer' || !this.#withTls || !isWithoutTls(error)) return false;
    this.#withTls = false;
    const refused = this.#pool;
    this.#pool = this.#newPool();
    void refused.end();
    return true;
  }

  #transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#withClient(async (run) => {
      await run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
      let result: T;
      try {
        result = await work(run);
      } catch (error) {
        await run('ROLLBACK').catch(() => undefined);
        throw error;
      }
      const { command } = await run('COMMIT');
      if (command !== 'COMMIT') throw unavailable(this.where, new Error('the transaction was rolled back'));
      return result;
    });
  }

  async #withClient<T>(work: (run: Run) => Promise<T>): Promise<T> {
    if (this.#closed) throw unavailable(this.where, new Error('is closed'));
    let client: PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw unavailable(this.where, error);
    }
    // A server's own word leaves the connection as good as before; silence, or its end, does not.
    let isBroken = false;
    const run: Run = async (sql, values) => {
      try {
        return await client.query(sql, values as unknown[] | undefined);
      } catch (error) {
        if (sqlState(error) === undefined) isBroken = true;
        throw unavailable(this.where, error);
      }
    };
    try {
      return await work(run);
    } finally {
      client.release(isBroken);
    }
  }

  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const state = sqlState((error as { cause?: unknown }).cause);
        if (attempt === ATTEMPTS_MAX || state === undefined || !AGAIN.has(state)) throw error;
      }
    }
  }

  #newPool(): Pool {
    const pool = new Pool({
      ...this.#config(),
      max: CONNECTIONS_MAX,
      idleTimeoutMillis: IDLE_MS,
    });
    // A connection that breaks between two statements of a transaction is found by the second.
    pool.on('connect', (client) => client.on('error', () => undefined));
    pool.on('error', (error) => {
      this.#options.log.debug({ error: error.message }, 'an idle connection to the approvals store broke');
    });
    return pool;
  }

  #config(): ClientConfig {
    const { host, port, user, database, tls, password } = this.#options;
    return {
      // With a stream of our own, host is what the server's certificate must name.
      host: tls?.serverName ?? host,
      port,
      stream: () => streamTo({ host, port }),
      user,
      database,
      // Never the driver's own search through files and environment.
      password: async () => {
        const secret = await password();
        return secret === undefined ? '' : revealSecret(secret);
      },
      ssl: tls !== undefined && this.#withTls ? tlsOptions(tls) : false,
      application_name: 'gatehouse approvals',
      // Whatever the server or the role has for a default: a decision is on the disk before somebody is told of it.
      options: '-c synchronous_commit=on -c client_encoding=UTF8',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
    };
  }
}

const isWithoutTls = (error: unknown): boolean => String((error as Error).message).includes(NO_TLS_MESSAGE);

/** Of what the server says; undefined where it said nothing, or said that it ends the connection (class 57P). */
function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity === 'ERROR' ? code : undefined;
}
