/**
 * Connections and requests that were refused before anybody was known, as rows that an auditor can read. A row for each would let a
 * flood fill the journal, so the first of a listener and source is recorded at once, and those that follow as one row an
 * interval with their count. Sources beyond a number are counted together. Owns the counting and the rows; who is
 * refused is decided elsewhere. What was counted since the last interval is lost when the process is killed.
 */
import type { AuditJournal } from '../domain/audit-event.ts';
import type { Clock } from '../domain/clock.ts';
import { asEventId, asSessionId, uuidV7, type RandomBytes } from '../domain/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Log } from '../domain/log.ts';
import { NO_ACTION } from '../domain/own-record.ts';

export interface RefusedConnection {
  readonly protocol: 'postgres' | 'http' | 'mcp';
  /** The row's action kind. */
  readonly kind: 'postgres.flood' | 'http.refused' | 'mcp.refused';
  /** Why, in the words of the first. */
  readonly reason: string;
  readonly listener: string;
  readonly upstream: string;
  /** As Envoy writes it. */
  readonly clientAddress: string;
  readonly code: string;
}

export interface RefusedConnectionsOptions {
  readonly journal: AuditJournal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
  /** The source that a client address counts as, the same as for the limits. */
  readonly sourceOf: (clientAddress: string) => string;
  /** SHA-256 of the bundle in force. */
  readonly policyBundle: () => string;
}

export interface RefusedConnections {
  /** Counts one. Never throws, and never waits. */
  refused(connection: RefusedConnection): void;
  /** Writes what was counted and is not recorded yet; resolves when it is in the journal. */
  flush(): Promise<void>;
  /** `flush`, and no interval after it. */
  close(): Promise<void>;
}

/** Where the source of a row says this, it stands for all that are not counted by themselves. */
export const OTHER_SOURCES = 'other sources';

interface Counted extends RefusedConnection {
  readonly source: string;
  /** Since the last row. */
  count: number;
  sinceMs: number;
  /** Rows that the journal has not taken yet. */
  waiting: number;
}

export function createRefusedConnections(options: RefusedConnectionsOptions): RefusedConnections {
  const { journal, clock, random, log } = options;
  /** By listener, then by source. */
  const listeners = new Map<string, Map<string, Counted>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function record(counted: Counted, count: number, sinceMs: number): Promise<void> {
    const time = clock.nowMs();
    counted.waiting += 1;
    try {
      await journal.append({
        type: 'decided',
        time,
        event_id: asEventId(uuidV7(time, random(10))),
        session_id: asSessionId(''),
        principal_subject: '',
        on_behalf_of: '',
        issuer: '',
        groups: [],
        client_address: counted.source,
        upstream: counted.upstream,
        protocol: counted.protocol,
        action_kind: counted.kind,
        decision: 'deny',
        rule: `gate.${counted.code}`,
        reason: counted.reason,
        ...NO_ACTION,
        policy_bundle: options.policyBundle(),
        outcome: 'denied',
        error_code: counted.code,
        details: {
          listener: counted.listener,
          refused: String(count),
          since: new Date(sinceMs).toISOString(),
        },
      });
    } catch (error) {
      // They are told with the next row, if the journal can be written by then.
      counted.count += count;
      counted.sinceMs = Math.min(counted.sinceMs, sinceMs);
      log.error({ err: error, listener: counted.listener, count }, 'refused connections not recorded');
    } finally {
      counted.waiting -= 1;
    }
  }

  async function flush(): Promise<void> {
    const written: Promise<void>[] = [];
    for (const [listener, sources] of listeners) {
      for (const [source, counted] of sources) {
        const { count, sinceMs } = counted;
        // Quiet for an interval: the next one is a first one again.
        if (count === 0) {
          if (counted.waiting === 0) sources.delete(source);
        } else {
          counted.count = 0;
          counted.sinceMs = clock.nowMs();
          written.push(record(counted, count, sinceMs));
        }
      }
      if (sources.size === 0) listeners.delete(listener);
    }
    if (listeners.size === 0) stopTimer();
    await Promise.all(written);
  }

  function stopTimer(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    refused: (connection) => {
      if (closed) return;
      let sources = listeners.get(connection.listener);
      if (sources === undefined) listeners.set(connection.listener, (sources = new Map()));
      const own = options.sourceOf(connection.clientAddress);
      const source = sources.has(own) || sources.size < LIMITS.refusedSourcesMax ? own : OTHER_SOURCES;
      const known = sources.get(source);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      const nowMs = clock.nowMs();
      const counted: Counted = { ...connection, source, count: 0, sinceMs: nowMs, waiting: 0 };
      sources.set(source, counted);
      timer ??= setInterval(() => void flush(), LIMITS.refusedIntervalMs).unref();
      void record(counted, 1, nowMs);
    },
    flush,
    close: async () => {
      closed = true;
      stopTimer();
      await flush();
      stopTimer();
    },
  };
}
