/**
 * The token of a ready session: when it expires, and what may take its place. Owns that only the same principal with
 * the same groups may go on: other groups may lead to another database role, and need a new connection.
 */
import type { Receipt } from '../../domain/audit-event.ts';
import type { Principal, VerifiedIdentity } from '../../domain/principal.ts';
import type { Secret } from '../../domain/secret.ts';
import type { Refusal } from './denial.ts';
import type { PostgresGate } from './gate.ts';
import type { RecordSession } from './session-records.ts';

/** Node's timers take no more. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export interface SessionTokenOptions {
  readonly gate: PostgresGate;
  readonly identity: VerifiedIdentity;
  readonly record: RecordSession;
  /** A record that nothing waits for: it must still be written, or the session ends. */
  readonly keep: (receipt: Promise<Receipt>) => void;
  readonly onExpired: () => void;
}

export class SessionToken {
  readonly #options: SessionTokenOptions;
  #principal: Principal;
  #expiresAtMs: number;
  #expiryTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: SessionTokenOptions) {
    this.#options = options;
    this.#principal = options.identity.principal;
    this.#expiresAtMs = options.identity.expiresAtMs;
  }

  /** Milliseconds since the epoch by the worker's clock. */
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  get principal(): Principal {
    return this.#principal;
  }

  watch(expiresAtMs: number): void {
    this.#expiresAtMs = expiresAtMs;
    clearTimeout(this.#expiryTimer);
    if (this.#stopped) return;
    const wait = Math.max(0, expiresAtMs - this.#options.gate.clock.nowMs());
    this.#expiryTimer = setTimeout(
      () => {
        if (wait > TIMER_MS_MAX) this.watch(expiresAtMs);
        else this.#options.onExpired();
      },
      Math.min(wait, TIMER_MS_MAX),
    );
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#expiryTimer);
  }

  /** Resolves with why the token may not take the old one's place, or with undefined when it has, and that is recorded. */
  async renew(token: Secret<string>): Promise<Refusal | undefined> {
    const { gate, record } = this.#options;
    const verdict = await gate.verifier.verify(token);
    if (!verdict.ok) return this.#refuse(verdict.code, verdict.publicMessage);
    const { principal, expiresAtMs } = verdict.identity;
    const before = this.#principal;
    if (
      principal.subject !== before.subject ||
      principal.onBehalfOf !== before.onBehalfOf ||
      principal.issuer !== before.issuer
    ) {
      return this.#refuse(
        'GH_TOKEN_OTHER_PRINCIPAL',
        'the new token is of another principal; open a new connection for it',
      );
    }
    if (
      principal.groups.length !== before.groups.length ||
      !principal.groups.every((group) => before.groups.includes(group))
    ) {
      return this.#refuse(
        'GH_TOKEN_OTHER_GROUPS',
        'the new token has other groups; open a new connection with it',
      );
    }
    if (gate.state.isBlocked(principal))
      return this.#refuse('GH_PRINCIPAL_BLOCKED', "this principal is blocked; ask the gate's operators");
    await record({
      kind: 'postgres.token_renewed',
      decision: 'allow',
      rule: 'gate.token',
      reason: 'the new token is of the same principal',
      outcome: 'ok',
      details: { expires_at: new Date(expiresAtMs).toISOString() },
    }).receipt;
    this.#principal = principal;
    this.watch(expiresAtMs);
    return undefined;
  }

  #refuse(code: string, publicMessage: string): Refusal {
    const { record, keep } = this.#options;
    keep(
      record({
        kind: 'postgres.token_renewed',
        decision: 'deny',
        rule: `gate.${code}`,
        reason: publicMessage,
        outcome: 'denied',
        errorCode: code,
      }).receipt,
    );
    return { code, sqlstate: '28000', publicMessage };
  }
}
