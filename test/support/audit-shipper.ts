/**
 * The shipping loop as a process of its own, so that a test can kill it between any two steps. Says how far it is on
 * standard output. Arguments: journal directory, ClickHouse URL, user, password.
 */
import { writeSync } from 'node:fs';
import { createClickHouseSink } from '../../ext-proc/adapters/clickhouse/sink.ts';
import { startShipping } from '../../ext-proc/adapters/journal/shipping.ts';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { silentLog, systemClock } from './audit-records.ts';

const [directory, url, user, password] = process.argv.slice(2) as [string, string, string, string];
startShipping({
  directory,
  sink: createClickHouseSink({ url, database: 'gatehouse', user, password: new Secret(password) }),
  flushIntervalMs: 5,
  batchRows: 50,
  clock: systemClock,
  log: silentLog,
  onProgress: (stats) => void writeSync(1, JSON.stringify(stats) + '\n'),
});
