/**
 * Who is logged in. A session is a sealed value that the browser keeps as a cookie and the terminal in a file; the console
 * remembers only those that were ended before their time. Refuses a terminal's session as a cookie and the other way round.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Reviewer } from '../domain/approvals/review-decision.ts';
import type { Clock } from '../domain/clock.ts';
import { ConsoleProblem } from './problem.ts';
import { cookieOf } from './cookies.ts';
import type { SealedValues } from './sealed-values.ts';

export interface Session {
  readonly id: string;
  readonly kind: 'browser' | 'terminal';
  readonly reviewer: Reviewer;
  readonly expiresAtMs: number;
}

export const SESSION_COOKIE = '__Host-gatehouse';
export const CSRF_HEADER = 'x-gatehouse-csrf';
/** A browser keeps 4,096 bytes of a cookie, its name and attributes included. */
const SESSION_CHARACTERS_MAX = 3_900;
const ENDED_MAX = 10_000;

export class Sessions {
  readonly #values: SealedValues;
  readonly #clock: Clock;
  readonly #sessionMs: number;
  /** By id, with the time when it would have ended by itself. */
  readonly #ended = new Map<string, number>();

  constructor(values: SealedValues, clock: Clock, sessionMs: number) {
    this.#values = values;
    this.#clock = clock;
    this.#sessionMs = sessionMs;
  }

  /** A new session, with an id of its own: what was sent before the login is nothing after it. */
  begin(kind: Session['kind'], reviewer: Reviewer, untilMs = Infinity): { session: Session; sealed: string } {
    const session: Session = {
      id: randomBytes(18).toString('base64url'),
      kind,
      reviewer,
      expiresAtMs: Math.min(untilMs, Math.floor(this.#clock.nowMs()) + this.#sessionMs),
    };
    const sealed = this.#values.seal(`${kind}-session`, session);
    if (sealed.length > SESSION_CHARACTERS_MAX) {
      throw new ConsoleProblem(
        403,
        'GH_LOGIN_TOO_LARGE',
        'Your groups do not fit a cookie. Let the issuer send the console only the groups that policy and roles name.',
      );
    }
    return { session, sealed };
  }

  /** Whose request it is; undefined where nobody is logged in. */
  of(headers: IncomingHttpHeaders): Session | undefined {
    const bearer = /^Bearer ([A-Za-z0-9_-]+)$/.exec(headers.authorization ?? '')?.[1];
    if (headers.authorization !== undefined) {
      return bearer === undefined ? undefined : this.#open('terminal', bearer);
    }
    const cookie = cookieOf(headers.cookie, SESSION_COOKIE);
    return cookie === undefined ? undefined : this.#open('browser', cookie);
  }

  end(session: Session): void {
    const nowMs = this.#clock.nowMs();
    for (const [id, untilMs] of this.#ended) if (untilMs <= nowMs) this.#ended.delete(id);
    const oldest = this.#ended.keys().next();
    if (this.#ended.size >= ENDED_MAX && !oldest.done) this.#ended.delete(oldest.value);
    this.#ended.set(session.id, session.expiresAtMs);
  }

  /** Empty for the terminal: no page of another origin can send its header. */
  csrfTokenOf({ kind, id }: Session): string {
    return kind === 'terminal' ? '' : this.#values.csrfToken(id);
  }

  /** Throws GH_CONSOLE_CSRF where the token is not the session's. */
  checkCsrf(session: Session, token: unknown): void {
    if (session.kind === 'terminal') return;
    const wanted = Buffer.from(this.csrfTokenOf(session));
    const given = Buffer.from(typeof token === 'string' ? token : '');
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
    throw new ConsoleProblem(
      403,
      'GH_CONSOLE_CSRF',
      'This request lacks the token of your session. Reload the page.',
    );
  }

  isLive(session: Session): boolean {
    return session.expiresAtMs > this.#clock.nowMs() && !this.#ended.has(session.id);
  }

  #open(kind: Session['kind'], sealed: string): Session | undefined {
    const session = this.#values.open<Session>(`${kind}-session`, sealed);
    return session !== undefined && session.kind === kind && this.isLive(session) ? session : undefined;
  }
}
