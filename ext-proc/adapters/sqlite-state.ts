/**
 * What the workers of one machine share, in one SQLite file: cancel keys, live sessions, kills and blocks, how many
 * streams are unauthenticated, and what tools declared. Every row belongs to a running process; what a dead one leaves is removed by the
 * others. Blocks and tools' definitions outlive it.
 *
 * What another worker must see before the caller goes on (a cancel key, a count that grows) is committed at once; what
 * may be seen 20 ms later (a session's start and end, a count that falls) goes with the next commit. Where the file
 * cannot be read or written nobody gets in: a count is a cap reached, everyone is blocked, a key is an error (I2).
 */
import type { Clock } from '../domain/clock.ts';
import { GatehouseError } from '../domain/errors.ts';
import type { SessionId } from '../domain/ids.ts';
import type { Log } from '../domain/log.ts';
import type { LiveSession, SessionCommand, SharedState } from '../domain/ports.ts';
import { BlockList, type Block } from './sqlite-state/block-list.ts';
import { ControlReader } from './sqlite-state/control-reader.ts';
import { openDatabase } from './sqlite-state/database.ts';
import { DeferredWrites } from './sqlite-state/deferred-writes.ts';
import { LiveRows } from './sqlite-state/live-rows.ts';
import { sourceKey } from './sqlite-state/source-key.ts';
import { ToolDefinitions } from './sqlite-state/tool-definitions.ts';
import { UnauthenticatedCounts, type UnauthenticatedLimits } from './sqlite-state/unauthenticated-counts.ts';
import { WorkerRow } from './sqlite-state/worker-row.ts';

export type { Block } from './sqlite-state/block-list.ts';

const POLL_MS = 200;
const SWEEP_MS = 1_000;
/** A source at its cap must not make every refusal a sweep. */
const SWEEP_SOONEST_MS = 50;
const HEARTBEAT_MS = 5_000;
const FAILURE_LOG_MS = 1_000;

export interface SqliteStateOptions {
  readonly file: string;
  /** The worker's name as `sessions list` shows it; `cli` for a command. */
  readonly worker: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The caps on unauthenticated streams; a listener that is not here takes none. */
  readonly listeners?: readonly { readonly name: string; readonly limits: UnauthenticatedLimits }[];
}

export interface SqliteState extends SharedState {
  /** Sessions of running workers, oldest first. */
  listSessions(): readonly LiveSession[];
  /** Asks whichever worker has the session to end it; false where no such session is live. */
  kill(sessionId: SessionId, by: string): boolean;
  /** From now on nobody acting as, or for, the subject gets in, and live sessions end. Survives a power cut. */
  block(subject: string, by: string): void;
  /** False where the subject was not blocked. */
  unblock(subject: string, by: string): boolean;
  listBlocks(): readonly Block[];
  /** Writes what waits and removes what this process owns. */
  close(): void;
}

/**
 * Opens the file, made where missing. Throws GH_STATE_FILE or GH_STATE_VERSION; `putCancelKey` and the methods for
 * commands throw GH_STATE_UNAVAILABLE. The other methods never throw.
 */
export function openSqliteState(options: SqliteStateOptions): SqliteState {
  const { clock, log } = options;
  const db = openDatabase(options.file);
  const worker = new WorkerRow(db, options.worker);
  const limits = new Map(options.listeners?.map((listener) => [listener.name, listener.limits]));
  const counts = new UnauthenticatedCounts(db, worker, limits);
  const rows = new LiveRows(db, worker);
  const blocks = new BlockList(db);
  const definitions = new ToolDefinitions(db);
  const rewriteAll = (): void => {
    counts.writeAll();
    rows.writeAll();
  };
  const writes = new DeferredWrites({ db, rewriteAll, onFailure: (error) => failed('write', error) });
  const listeners = new Set<(command: SessionCommand) => void>();
  let closed = false;
  let lookedAtBlocks = false;
  let failureLoggedAtMs = -Infinity;
  let sweptAtMs = -Infinity;
  let beatAtMs = clock.monotonicMs();

  writes.commit(() => worker.register(clock.nowMs()));
  const control = new ControlReader(db);
  const timer = setInterval(tick, POLL_MS).unref();

  function failed(what: string, error: unknown): void {
    if (clock.monotonicMs() - failureLoggedAtMs < FAILURE_LOG_MS) return;
    failureLoggedAtMs = clock.monotonicMs();
    log.error({ what, error: String(error) }, 'shared state failed');
  }

  /** Callbacks run on their own turn: whoever asked `isBlocked` or gave the command is not called back within it. */
  function announce(commands: readonly SessionCommand[]): void {
    if (commands.length === 0) return;
    setImmediate(() => {
      for (const command of commands) {
        for (const listener of listeners) {
          try {
            listener(command);
          } catch (error) {
            log.error({ error: String(error) }, 'session command failed');
          }
        }
      }
    });
  }

  /**
   * Once for all that is asked before the event loop goes on, and so before anything else is read from a socket: whoever asks
   * had come before this look.
   */
  function lookAtBlocks(): void {
    if (lookedAtBlocks) return;
    announce(control.refresh());
    lookedAtBlocks = true;
    process.nextTick(() => (lookedAtBlocks = false));
  }

  function tick(): void {
    try {
      announce(control.refresh());
      if (clock.monotonicMs() - sweptAtMs >= SWEEP_MS) sweep();
      if (clock.monotonicMs() - beatAtMs >= HEARTBEAT_MS) beat();
    } catch (error) {
      failed('poll', error);
    }
  }

  /** True where something was removed. */
  function sweep(): boolean {
    sweptAtMs = clock.monotonicMs();
    const dead = worker.dead(clock.nowMs());
    if (dead.length === 0) return false;
    writes.commit(() => worker.remove(dead));
    log.warn({ workers: dead.length }, 'removed what dead workers left in the shared state');
    return true;
  }

  function beat(): void {
    beatAtMs = clock.monotonicMs();
    writes.commit(() => {
      if (worker.beat(clock.nowMs())) return;
      worker.register(clock.nowMs());
      rewriteAll();
    });
  }

  function enter(listener: string, source: string): boolean {
    let counted = false;
    try {
      return writes.commit(() => {
        if (!counts.fits(listener, source)) return false;
        counted = counts.add(listener, source, 1);
        counts.write(listener, source);
        return true;
      });
    } catch (error) {
      if (counted) counts.add(listener, source, -1);
      throw error;
    }
  }

  /** For what a caller must hear of when it fails. */
  function reporting<T>(work: () => T): T {
    try {
      if (closed) throw new Error('is closed');
      return work();
    } catch (cause) {
      failed('command', cause);
      throw new GatehouseError(
        'GH_STATE_UNAVAILABLE',
        'The gate cannot use its shared state. Try again in a moment.',
        { message: `${options.file}: ${cause instanceof Error ? cause.message : 'failed'}`, cause },
      );
    }
  }

  return {
    putCancelKey(processId, secretKey, target) {
      const key = { processId, secretKey, target };
      reporting(() => writes.commit(() => rows.writeKey(key)));
      rows.addKey(key);
    },
    cancelTarget(processId, secretKey) {
      try {
        // A session of this worker that ended a moment ago must not be found any more.
        writes.flush();
        return rows.target(processId, secretKey);
      } catch (error) {
        failed('read', error);
        return undefined;
      }
    },
    sessionStarted(session) {
      if (closed) return;
      rows.add(session);
      writes.defer(() => rows.writeSession(session.sessionId));
    },
    sessionEnded(sessionId) {
      if (closed) return;
      const keys = rows.take(sessionId);
      writes.defer(() => rows.deleteRows(sessionId, keys));
    },
    isBlocked({ subject, onBehalfOf }) {
      try {
        lookAtBlocks();
      } catch (error) {
        failed('read', error);
        return true;
      }
      return control.isBlocked(subject) || (onBehalfOf !== undefined && control.isBlocked(onBehalfOf));
    },
    enterUnauthenticated(listener, address) {
      const source = sourceKey(address);
      try {
        if (closed) return false;
        if (enter(listener, source)) return true;
        // A worker that has just died may have filled the cap.
        return clock.monotonicMs() - sweptAtMs >= SWEEP_SOONEST_MS && sweep() && enter(listener, source);
      } catch (error) {
        failed('write', error);
        return false;
      }
    },
    leaveUnauthenticated(listener, address) {
      const source = sourceKey(address);
      if (closed || !counts.add(listener, source, -1)) return;
      writes.defer(() => counts.write(listener, source));
    },
    putToolDefinitions(upstream, tools) {
      try {
        const news = closed ? [] : definitions.news(upstream, tools);
        if (news.length > 0) writes.commit(() => definitions.write(upstream, news, clock.nowMs()));
      } catch (error) {
        failed('write', error);
      }
    },
    toolDefinition(upstream, tool) {
      try {
        return closed ? undefined : definitions.read(upstream, tool);
      } catch (error) {
        failed('read', error);
        return undefined;
      }
    },
    onCommand(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    listSessions: () =>
      reporting(() => {
        writes.flush();
        sweep();
        return rows.list();
      }),
    kill: (sessionId, by) =>
      reporting(() => {
        writes.flush();
        if (!rows.has(sessionId)) return false;
        writes.commit(() => blocks.command('kill', sessionId, by, clock.nowMs()));
        announce(control.refresh(true));
        return true;
      }),
    block: (subject, by) =>
      reporting(() => {
        blocks.durably(() => writes.commit(() => blocks.add(subject, by, clock.nowMs())));
        announce(control.refresh(true));
      }),
    unblock: (subject, by) =>
      reporting(() => {
        const removed = blocks.durably(() => writes.commit(() => blocks.remove(subject, by, clock.nowMs())));
        announce(control.refresh(true));
        return removed;
      }),
    listBlocks: () => reporting(() => blocks.list()),
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      listeners.clear();
      try {
        writes.commit(() => worker.remove([worker.id]));
      } catch (error) {
        failed('write', error);
      }
      writes.stop();
      db.close();
    },
  };
}
