/** Wires the shipping loop, which the supervisor runs once for the journals of all workers. */
import { createClickHouseSink } from './adapters/clickhouse/sink.ts';
import { readSecretSource } from './adapters/credentials/secret-source.ts';
import { startShipping, type Shipping } from './adapters/journal/shipping.ts';
import { createSystemClock } from './adapters/system-clock.ts';
import type { GatehouseConfig } from './config/config.ts';
import type { AuditSink } from './domain/audit-sink.ts';
import type { Log } from './domain/log.ts';
import { Secret } from './domain/secret.ts';

/** Where the rows go. */
export interface ClickHouseLogin {
  readonly url: string;
  readonly user: string | undefined;
  readonly password: Secret<string> | undefined;
}

/** The configured ClickHouse; undefined where the embedded one is to be used. Rejects where its password cannot be read. */
export async function configuredClickHouse(config: GatehouseConfig): Promise<ClickHouseLogin | undefined> {
  const { url, user, password } = config.audit.clickhouse;
  if (url === undefined) return undefined;
  return { url, user, password: password === undefined ? undefined : await readSecretSource(password) };
}

/** Starts shipping. ClickHouse may be away: tables are made, and rows sent, when it comes. */
export function composeShipping(config: GatehouseConfig, login: ClickHouseLogin, log: Log): Shipping {
  const { database, cluster, batchRows, flushIntervalMs } = config.audit.clickhouse;
  const clickhouse = createClickHouseSink({ ...login, database, cluster });
  let ensured: Promise<void> | undefined;
  const ensureSchema = (): Promise<void> =>
    (ensured ??= clickhouse.ensureSchema().catch((error: unknown) => {
      ensured = undefined;
      throw error;
    }));
  const sink: AuditSink = {
    insert: async (batch) => {
      await ensureSchema();
      await clickhouse.insert(batch);
    },
  };
  // So that an auditor finds the tables before the first action too; an insert tries again.
  ensureSchema().catch((error: unknown) =>
    log.warn({ error: String(error) }, 'the tables in ClickHouse could not be made yet'),
  );
  const shipping = startShipping({
    directory: config.audit.journal.directory,
    sink,
    flushIntervalMs,
    batchRows,
    clock: createSystemClock(),
    log,
  });
  return {
    stats: shipping.stats,
    stop: async (timeoutMs) => {
      await shipping.stop(timeoutMs);
      await clickhouse.close();
    },
  };
}
