/**
 * Delivers what the store says is due, from whichever console takes it first: at least once, a bounded number of times,
 * and with an event for each attempt. A place that is slow or away costs nothing but its own messages.
 */
import { isFinal } from '../../domain/approvals/approval-state.ts';
import type { ApprovalStore, DueNotification } from '../../domain/approvals/approval-store.ts';
import type { ApprovalSeals } from '../../domain/approvals/seals.ts';
import { assertNever } from '../../domain/errors.ts';
import { readStatus, type ApprovalStatus } from '../../exchange/approvals/approval-status.ts';
import { recordEvent, type RecordDeps } from '../approval-records.ts';
import type { Channel } from './channel.ts';
import { slackMessage } from './slack-message.ts';
import { signWebhook } from './standard-webhooks.ts';
import { teamsMessage } from './teams-message.ts';
import { toldRequest } from './told-request.ts';
import { webhookId, webhookMessage } from './webhook-message.ts';

export interface DeliveryDeps extends RecordDeps {
  readonly store: ApprovalStore;
  readonly seals: ApprovalSeals;
  readonly channels: readonly Channel[];
  /** Of the console. */
  readonly publicUrl: string;
}

/** After the first attempt, the second …; with the last of them nobody is told any more. */
export const DELIVERY_BACKOFF_MS = [5_000, 15_000, 60_000, 120_000, 300_000, 600_000, 1_800_000] as const;

const LOOK_EVERY_MS = 1_000;
const TAKEN_AT_ONCE = 16;
const POST_TIMEOUT_MS = 10_000;
/** Longer than an attempt takes. */
const LEASE_MS = 30_000;

export class NotificationDelivery {
  readonly #deps: DeliveryDeps;
  readonly #timer: NodeJS.Timeout;
  readonly #closing = new AbortController();
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** Looks for what is due, unless it does so already. */
  look(): void {
    if (this.#closed) return;
    this.#working ??= this.#deliverDue().finally(() => (this.#working = undefined));
  }

  /** What is being sent is given up; another console, or the next start, sends it again. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#working;
  }

  async #deliverDue(): Promise<void> {
    const { store, log } = this.#deps;
    try {
      for (;;) {
        const due = await store.takeNotifications(TAKEN_AT_ONCE, LEASE_MS);
        await Promise.all(due.map((each) => this.#deliver(each)));
        if (due.length < TAKEN_AT_ONCE || this.#closed) return;
      }
    } catch (error) {
      log.error({ err: error }, 'notifications could not be delivered');
    }
  }

  async #deliver(due: DueNotification): Promise<void> {
    const { store, seals, channels, log } = this.#deps;
    const channel = channels.find(({ name }) => name === due.channel);
    const stored = await store.get(due.id);
    const status = stored === undefined ? undefined : readStatus(seals, stored);
    if (channel === undefined || status === undefined) {
      log.warn({ approval: due.id, channel: due.channel }, 'nobody can be told: no such channel or approval');
      return store.settleNotification(due, GIVEN_UP);
    }
    // Whoever would be told can do nothing any more.
    if (due.about === 'requested' && (isFinal(status.state) || status.state === 'approved')) {
      return store.settleNotification(due, GIVEN_UP);
    }
    const result = await this.#post(channel, due, status);
    // The console is being closed: nobody knows whether it arrived.
    if (this.#closed && result.error !== undefined) return undefined;
    const againInMs = result.delivered ? undefined : againIn(due, result);
    await this.#record(due, status, result, againInMs);
    return store.settleNotification(
      due,
      result.delivered ? { delivered: true } : { delivered: false, againInMs },
    );
  }

  async #post(channel: Channel, due: DueNotification, status: ApprovalStatus): Promise<PostResult> {
    const { clock, publicUrl } = this.#deps;
    const told = toldRequest(status, publicUrl);
    const { body, headers } = messageFor(channel, due, told, clock.nowMs());
    try {
      const answer = await fetch(channel.url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'user-agent': 'Gatehouse', ...headers },
        // Where it leads is the configuration's to say, not the other side's.
        redirect: 'manual',
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(POST_TIMEOUT_MS)]),
      });
      await answer.body?.cancel();
      return { delivered: answer.ok, status: answer.status, retryAfter: answer.headers.get('retry-after') };
    } catch (error) {
      return { delivered: false, error: error instanceof Error ? error.name : 'Error' };
    }
  }

  async #record(
    due: DueNotification,
    { request }: ApprovalStatus,
    result: PostResult,
    againInMs: number | undefined,
  ): Promise<void> {
    const how = result.status === undefined ? (result.error ?? '') : `HTTP ${result.status}`;
    await recordEvent(this.#deps, request, {
      kind: 'approval.notified',
      by: undefined,
      decision: 'allow',
      reason: result.delivered ? 'a channel was told' : 'a channel could not be told',
      outcome: result.delivered ? 'ok' : 'error',
      ...(result.delivered ? {} : { errorCode: 'GH_NOTIFICATION_FAILED' }),
      details: {
        channel: due.channel,
        about: due.about,
        attempt: String(due.attempt),
        answer: how,
        ...(result.delivered
          ? {}
          : { next_attempt: againInMs === undefined ? 'none' : `${againInMs / 1_000} s` }),
      },
    });
  }
}

interface PostResult {
  readonly delivered: boolean;
  readonly status?: number;
  readonly retryAfter?: string | null;
  readonly error?: string;
}

const GIVEN_UP = { delivered: false, againInMs: undefined } as const;
const GONE = 410;

/** Undefined: never again. */
function againIn({ attempt }: DueNotification, { status, retryAfter }: PostResult): number | undefined {
  const backoffMs = DELIVERY_BACKOFF_MS[attempt - 1];
  if (backoffMs === undefined || status === GONE) return undefined;
  const asked = /^[0-9]{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : 0;
  return Math.max(backoffMs, asked);
}

function messageFor(
  channel: Channel,
  { about }: DueNotification,
  told: ReturnType<typeof toldRequest>,
  nowMs: number,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  switch (channel.kind) {
    case 'webhook': {
      const body = webhookMessage(told, about, nowMs);
      return { body, headers: { ...signWebhook(channel.secrets, webhookId(told, about), nowMs, body) } };
    }
    case 'slack':
      return {
        body: slackMessage(told, about, channel.secret !== undefined && channel.users.size > 0),
        headers: {},
      };
    case 'teams':
      return { body: teamsMessage(told, about), headers: {} };
    default:
      return assertNever(channel);
  }
}
