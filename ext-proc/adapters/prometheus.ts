/** The worker's numbers as Prometheus series. Labels are bounded: verdicts, stages, codes and upstream names only. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { SessionMetrics } from '../domain/session-metrics.ts';

const STAGE_SECONDS = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

export interface WorkerMetrics extends SessionMetrics {
  readonly registry: Registry;
}

export function createWorkerMetrics(
  worker: string,
  gauges: { journalWaitingBytes: () => number },
): WorkerMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ worker });
  collectDefaultMetrics({ register: registry, prefix: 'gatehouse_worker_' });
  const stages = new Histogram({
    name: 'gatehouse_stage_seconds',
    help: 'Time spent in a stage of the walk.',
    labelNames: ['stage'],
    buckets: STAGE_SECONDS,
    registers: [registry],
  });
  const sessions = new Gauge({
    name: 'gatehouse_open_sessions',
    help: 'Authenticated sessions.',
    registers: [registry],
  });
  const refused = new Counter({
    name: 'gatehouse_refused_connections_total',
    help: 'Handshakes that ended without a session, by code.',
    labelNames: ['code'],
    registers: [registry],
  });
  new Gauge({
    name: 'gatehouse_journal_unshipped_bytes',
    help: 'Records that ClickHouse does not have yet.',
    registers: [registry],
    collect() {
      this.set(gauges.journalWaitingBytes());
    },
  });
  // Counted here and handed over when somebody asks: a library's counter costs more at each decision than counting.
  const decided = new Map<string, Map<string, number>>();
  new Counter({
    name: 'gatehouse_decisions_total',
    help: 'Decisions by upstream and verdict.',
    labelNames: ['upstream', 'verdict'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [upstream, verdicts] of decided) {
        for (const [verdict, count] of verdicts) this.inc({ upstream, verdict }, count);
      }
    },
  });
  const count = (upstream: string, verdict: string): void => {
    let verdicts = decided.get(upstream);
    if (verdicts === undefined) decided.set(upstream, (verdicts = new Map()));
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  };
  const stageOf = {
    describe: stages.labels('describe'),
    decide: stages.labels('decide'),
    record: stages.labels('record'),
    login: stages.labels('login'),
  };
  return {
    registry,
    sessionOpened: () => sessions.inc(),
    sessionClosed: () => sessions.dec(),
    decided: count,
    stage: (stage, durationMs) => stageOf[stage].observe(durationMs / 1_000),
    refused: (code) => refused.inc({ code }),
  };
}
