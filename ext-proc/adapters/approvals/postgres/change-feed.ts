/**
 * Which approvals have changed, by whichever worker, and what time it is there: one connection that listens (LISTEN), and
 * that asks every two seconds as well, since what was said while nobody listened is not said again.
 *
 * The store's clock is the server's: its offset from this machine's monotonic clock, measured with each question. The
 * measurement with the shortest way there and back among the last few errs by half of that way at most.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ApprovalId } from '../../../domain/approvals/approval-request.ts';
import type { Clock } from '../../../domain/clock.ts';
import type { Log } from '../../../domain/log.ts';
import type { ChangeListeners } from '../change-listeners.ts';
import { NOW } from './schema.ts';
import type { ApprovalsServer } from './server.ts';

export const CHANGES_CHANNEL = 'gatehouse_approvals';

const ASK_MS = 2_000;
const RECONNECT_MS = 250;
/** How long a transaction may take between its time of change and its commit. */
const OVERLAP_MS = 10_000;
const READ_AT_ONCE = 1_000;
const SAMPLES = 4;
const GOODBYE_MS = 1_000;
const FAILURE_LOG_MS = 10_000;

export interface ChangeFeedOptions {
  readonly server: ApprovalsServer;
  readonly listeners: ChangeListeners;
  readonly clock: Clock;
  readonly log: Log;
}

export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> | undefined;
  #stopped = false;
  #samples: { readonly offsetMs: number; readonly wayMs: number }[] = [];
  #offsetMs: number | undefined;
  /** By the server's clock, up to where changes were read. */
  #readToMs: number | undefined;
  /** Announced ones of the overlap, with their times. */
  #announced = new Map<string, number>();
  #failureLoggedAtMs = -Infinity;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /** Milliseconds since the epoch by the server's clock; by this machine's until it has been reached once. */
  nowMs(): number {
    const { clock } = this.#options;
    return Math.floor(this.#offsetMs === undefined ? clock.nowMs() : clock.monotonicMs() + this.#offsetMs);
  }

  /** Resolves after the first attempt, whatever came of it. */
  start(): Promise<void> {
    return this.#tick();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#asking;
    await this.#disconnect();
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return;
    this.#asking = this.#listenAndAsk();
    await this.#asking;
    if (this.#stopped) return;
    const pauseMs = this.#client === undefined ? RECONNECT_MS : ASK_MS;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tick(), pauseMs).unref();
  }

  async #listenAndAsk(): Promise<void> {
    try {
      if (this.#client === undefined) {
        await this.#options.server.prepared();
        await this.#connect();
      }
      await this.#ask(this.#client as Client);
    } catch (error) {
      this.#failed(error);
      await this.#disconnect();
    }
  }

  async #connect(): Promise<void> {
    const client = await this.#options.server.connect();
    this.#client = client;
    client.on('notification', ({ payload }) => this.#announce([payload as ApprovalId]));
    client.on('end', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      clearTimeout(this.#timer);
      if (!this.#stopped) this.#timer = setTimeout(() => void this.#tick(), RECONNECT_MS).unref();
    });
    await client.query(`LISTEN ${CHANGES_CHANNEL}`);
    this.#samples = [];
    for (let sample = 1; sample < SAMPLES; sample++) await this.#measure(client);
  }

  async #measure(client: Client): Promise<number> {
    const { clock } = this.#options;
    const sentMs = clock.monotonicMs();
    const { rows } = await client.query<{ now: number }>(`SELECT ${NOW} AS now`);
    const wayMs = clock.monotonicMs() - sentMs;
    const now = (rows[0] as { now: number }).now;
    this.#samples = [...this.#samples, { offsetMs: now - (sentMs + wayMs / 2), wayMs }].slice(-SAMPLES);
    this.#offsetMs = this.#samples.reduce((best, each) => (each.wayMs < best.wayMs ? each : best)).offsetMs;
    return now;
  }

  async #ask(client: Client): Promise<void> {
    const serverNowMs = await this.#measure(client);
    const from = (this.#readToMs ?? serverNowMs) - OVERLAP_MS;
    const { rows } = await client.query<{ id: ApprovalId; at: number }>(
      `SELECT id, changed_at_ms AS at FROM gatehouse_approval WHERE changed_at_ms > $1 ORDER BY changed_at_ms LIMIT $2`,
      [from, READ_AT_ONCE],
    );
    const news = rows.filter(({ id, at }) => this.#announced.get(id) !== at);
    // What does not fit is asked for with the next question, which begins where this one ended.
    this.#readToMs = rows.length < READ_AT_ONCE ? serverNowMs : (rows.at(-1)?.at ?? serverNowMs) + OVERLAP_MS;
    this.#announced = new Map(rows.map(({ id, at }) => [id, at]));
    this.#announce(news.map(({ id }) => id));
  }

  #announce(ids: readonly ApprovalId[]): void {
    if (!this.#stopped) this.#options.listeners.announce(ids);
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    const ended = client.end().catch(() => undefined);
    // A server that is silent does not say goodbye either.
    await Promise.race([ended, sleep(GOODBYE_MS, undefined, { ref: false })]);
  }

  #failed(error: unknown): void {
    const { clock, log } = this.#options;
    if (this.#stopped || clock.monotonicMs() - this.#failureLoggedAtMs < FAILURE_LOG_MS) return;
    this.#failureLoggedAtMs = clock.monotonicMs();
    log.error(
      { error: String(error) },
      'the approvals store cannot be used; what policy holds is denied meanwhile',
    );
  }
}
