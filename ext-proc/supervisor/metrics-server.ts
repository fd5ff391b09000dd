/**
 * What operators scrape, on loopback: `/metrics` (Prometheus, all workers together with the supervisor's own) and
 * `/ready` (JSON). Read only, and nothing of a session is in it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';

import type { Address } from '../config/units.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What the shipping loop says of itself, as far as it is measured here. */
export interface ShippingFigures {
  readonly rowsShipped: number;
  readonly retries: number;
  readonly unshippedBytes: number;
  readonly lagMs: number;
  readonly brokenLines: number;
  readonly failing: string | undefined;
}

export interface MetricsServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startMetricsServer(options: {
  readonly address: Address;
  readonly pool: () => WorkerPool | undefined;
  readonly shipping: () => ShippingFigures | undefined;
}): Promise<MetricsServer> {
  const own = supervisorRegistry(options.pool, options.shipping);
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET' || (path !== '/metrics' && path !== '/ready')) {
        response.writeHead(404).end();
      } else if (path === '/ready') {
        const states = options.pool()?.states() ?? [];
        const ready = states.length > 0 && states.every((state) => state.ready);
        response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ ready, workers: states }));
      } else {
        const workers = (await options.pool()?.metrics()) ?? [];
        const together = AggregatorRegistry.aggregate(
          workers as MetricObjectWithValues<MetricValue<string>>[][],
        );
        response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE });
        response.end(`${await together.metrics()}\n${await own.metrics()}`);
      }
    };
    answer().catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.address.host, port: options.address.port }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.address.host}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function supervisorRegistry(
  pool: () => WorkerPool | undefined,
  shipping: () => ShippingFigures | undefined,
): Registry {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: (figures: ShippingFigures) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const figures = shipping();
        if (figures !== undefined) this.set(read(figures));
      },
    });
  };
  const counter = (name: string, help: string, read: (figures: ShippingFigures) => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(
          read(
            shipping() ?? {
              rowsShipped: 0,
              retries: 0,
              unshippedBytes: 0,
              lagMs: 0,
              brokenLines: 0,
              failing: undefined,
            },
          ),
        );
      },
    });
  };
  gauge(
    'gatehouse_clickhouse_unshipped_bytes',
    'Bytes in the journals that ClickHouse lacks.',
    (f) => f.unshippedBytes,
  );
  gauge(
    'gatehouse_clickhouse_lag_seconds',
    'Age of the oldest record that ClickHouse may lack.',
    (f) => f.lagMs / 1_000,
  );
  gauge('gatehouse_clickhouse_up', 'Whether the last insert succeeded.', (f) =>
    f.failing === undefined ? 1 : 0,
  );
  counter('gatehouse_clickhouse_rows_total', 'Rows acknowledged by ClickHouse.', (f) => f.rowsShipped);
  counter(
    'gatehouse_clickhouse_retries_total',
    'Inserts that failed and were tried again.',
    (f) => f.retries,
  );
  counter('gatehouse_journal_broken_lines_total', 'Lines whose chain does not hold.', (f) => f.brokenLines);
  new Gauge({
    name: 'gatehouse_worker_up',
    help: 'Whether a worker serves.',
    labelNames: ['worker'],
    registers,
    collect() {
      for (const { worker, ready } of pool()?.states() ?? [])
        this.set({ worker: String(worker) }, ready ? 1 : 0);
    },
  });
  new Counter({
    name: 'gatehouse_worker_restarts_total',
    help: 'Starts of a worker after its first.',
    labelNames: ['worker'],
    registers,
    collect() {
      this.reset();
      for (const { worker, restarts } of pool()?.states() ?? [])
        this.inc({ worker: String(worker) }, restarts);
    },
  });
  return registry;
}
