/**
 * Login in the browser: `/login` leads to the issuer, `/login/callback` comes back with the answer, which is good for the
 * attempt that this very browser has begun and for nothing else.
 */
import { GatehouseError } from '../domain/errors.ts';
import type { LoginAttempt } from '../domain/approvals/reviewer-login.ts';
import { seeOther, type Call, type Reply } from './call.ts';
import { clearCookie, cookieOf, setCookie } from './cookies.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { smallPage } from './html-pages.ts';
import { escapeHtml } from './html-text.ts';
import { problemOf } from './problem.ts';
import { SESSION_COOKIE, type Sessions } from './sessions.ts';

const ATTEMPT_COOKIE = '__Host-gatehouse-login';
const ATTEMPT_MS = 600_000;
const RETURN_CHARACTERS_MAX = 1_000;

interface KeptAttempt {
  readonly attempt: LoginAttempt;
  readonly returnTo: string;
  readonly expiresAtMs: number;
}

export class BrowserLogin {
  readonly #deps: ConsoleDependencies;
  readonly #sessions: Sessions;

  constructor(deps: ConsoleDependencies, sessions: Sessions) {
    this.#deps = deps;
    this.#sessions = sessions;
  }

  start = async ({ url }: Call): Promise<Reply> => {
    const { login, values, clock } = this.#deps;
    const returnTo = this.#ownPath(url.searchParams.get('return'));
    try {
      const attempt = login.newAttempt();
      const location = await login.authorizationUrl(attempt, url.searchParams.get('prompt') === 'login');
      const kept: KeptAttempt = { attempt, returnTo, expiresAtMs: clock.nowMs() + ATTEMPT_MS };
      const sealed = values.seal('login-attempt', kept);
      return seeOther(location, [setCookie(ATTEMPT_COOKIE, sealed, ATTEMPT_MS)]);
    } catch (error) {
      return this.#failed(error, returnTo);
    }
  };

  callback = async ({ request, url }: Call): Promise<Reply> => {
    const { login, values, clock, log } = this.#deps;
    const sealed = cookieOf(request.headers.cookie, ATTEMPT_COOKIE);
    const kept = sealed === undefined ? undefined : values.open<KeptAttempt>('login-attempt', sealed);
    try {
      if (kept === undefined || kept.expiresAtMs <= clock.nowMs()) {
        throw new GatehouseError(
          'GH_LOGIN_ATTEMPT',
          'This login was not begun in this browser, or too long ago. Start again.',
        );
      }
      const reviewer = await login.reviewerOf(url.searchParams, kept.attempt);
      const { session, sealed: cookie } = this.#sessions.begin('browser', reviewer);
      log.info({ subject: reviewer.subject }, 'a person logged in to the console');
      return seeOther(kept.returnTo, [
        setCookie(SESSION_COOKIE, cookie, session.expiresAtMs - clock.nowMs()),
        clearCookie(ATTEMPT_COOKIE),
      ]);
    } catch (error) {
      return this.#failed(error, kept?.returnTo ?? '/');
    }
  };

  /** A path of this console's, whatever somebody put into a link: as it reads once dots and backslashes are resolved. */
  #ownPath(asked: string | null): string {
    const { origin } = new URL(this.#deps.config.publicUrl);
    if (asked === null || asked.length > RETURN_CHARACTERS_MAX) return '/';
    const url = URL.parse(asked, origin);
    if (url === null || url.origin !== origin) return '/';
    const path = url.pathname + url.search;
    // Two slashes would be another host where a browser resolves it.
    return /^\/(?!\/)/.test(path) ? path : '/';
  }

  #failed(error: unknown, returnTo: string): Reply {
    const { problem, isOurs } = problemOf(error);
    if (isOurs) this.#deps.log.warn({ err: error }, 'a login failed');
    const again = `/login?prompt=login&return=${encodeURIComponent(returnTo)}`;
    const page = smallPage({
      status: problem.status,
      title: 'You are not logged in',
      content: `<p>${escapeHtml(problem.detail)}</p>
<p><a class="button primary" href="${escapeHtml(again)}">Log in again</a></p>
<p class="quiet"><code>${escapeHtml(problem.code)}</code></p>`,
    });
    return { ...page, headers: { ...page.headers, 'set-cookie': [clearCookie(ATTEMPT_COOKIE)] } };
  }
}
