/**
 * Login of the terminal, by the browser of the same machine (RFC 8252 section 7.3): the terminal listens on a loopback port
 * and sends the person to a page that says what is going on; once they confirm it, a code goes to that port. It is good
 * once, for a minute, and only with the verifier of the challenge that it was made for (as RFC 7636).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Reviewer } from '../domain/approvals/review-decision.ts';
import type { TerminalLogin as TerminalLoginAnswer } from './api.ts';
import { json, readForm, readJson, seeOther, type Call, type Reply } from './call.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { smallPage } from './html-pages.ts';
import { escapeHtml } from './html-text.ts';
import { ConsoleProblem } from './problem.ts';
import { requireProvenPage } from './same-site.ts';
import type { Session, Sessions } from './sessions.ts';

const CODE_MS = 60_000;
const CODES_MAX = 10_000;
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
const PORT_MIN = 1_024;

interface Code {
  readonly id: string;
  /** Of the console that made it: the codes of one that has ended may have been used there. */
  readonly madeBy: string;
  readonly challenge: string;
  readonly reviewer: Reviewer;
  readonly sessionUntilMs: number;
  readonly expiresAtMs: number;
}

const tokenBody = z.strictObject({
  code: z.string().max(16_384),
  verifier: z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/),
});

/** What the terminal and the page both show, so that a person sees that the page speaks of their terminal. */
export function matchingCode(challenge: string): string {
  const digits = createHash('sha256').update(`gatehouse terminal ${challenge}`).digest('hex').slice(0, 8);
  return `${digits.slice(0, 4)}-${digits.slice(4)}`.toUpperCase();
}

export class TerminalLogin {
  readonly #deps: ConsoleDependencies;
  readonly #sessions: Sessions;
  readonly #self = randomBytes(16).toString('base64url');
  /** Ids of used codes, with the time when they end. */
  readonly #used = new Map<string, number>();

  constructor(deps: ConsoleDependencies, sessions: Sessions) {
    this.#deps = deps;
    this.#sessions = sessions;
  }

  ask = ({ request, url }: Call): Promise<Reply> => {
    const { port, challenge } = readTarget(url.searchParams);
    const session = this.#sessions.of(request.headers);
    const here = `${url.pathname}?port=${port}&challenge=${challenge}`;
    if (session === undefined) return Promise.resolve(seeOther(`/login?return=${encodeURIComponent(here)}`));
    const { reviewer } = session;
    return Promise.resolve(
      smallPage({
        status: 200,
        title: 'Log in the terminal of this machine?',
        formTargets: [`http://127.0.0.1:${port}`],
        content: `<p>A terminal on this machine asks to act as <strong>${escapeHtml(reviewer.name)}</strong>
(${escapeHtml(reviewer.subject)}): it could then approve and deny in your name.</p>
<p>Go on only if you have just typed <code>login</code> there yourself, and it shows this code:</p>
<p class="matching-code">${matchingCode(challenge)}</p>
<form method="post" action="/login/terminal/confirm">
<input type="hidden" name="port" value="${port}"><input type="hidden" name="challenge" value="${challenge}">
<input type="hidden" name="csrf" value="${escapeHtml(this.#sessions.csrfTokenOf(session))}">
<p class="row"><button class="primary" type="submit">Log in the terminal</button> <a class="button" href="/">No, cancel</a></p></form>
<p class="quiet">If you did not ask for this, cancel: a program may be trying to approve its own requests. Not you?
<a href="/login?prompt=login&amp;return=${escapeHtml(encodeURIComponent(here))}">Log in as somebody else</a></p>`,
      }),
    );
  };

  confirm = async ({ request }: Call): Promise<Reply> => {
    requireProvenPage(request, new URL(this.#deps.config.publicUrl).origin);
    const session = this.#sessions.of(request.headers);
    if (session?.kind !== 'browser')
      throw new ConsoleProblem(401, 'GH_CONSOLE_LOGIN', 'You are not logged in, or your session has ended.');
    const form = await readForm(request);
    this.#sessions.checkCsrf(session, form.get('csrf'));
    const { port, challenge } = readTarget(form);
    return seeOther(`http://127.0.0.1:${port}/?code=${this.#codeFor(session, challenge)}`);
  };

  token = async ({ request }: Call): Promise<Reply> => {
    const body = tokenBody.safeParse(await readJson(request));
    if (!body.success)
      throw new ConsoleProblem(400, 'GH_CONSOLE_FORM', 'This is not a code with its verifier.');
    const code = this.#deps.values.open<Code>('terminal-code', body.data.code);
    if (code === undefined || !this.#isGood(code, body.data.verifier)) {
      throw new ConsoleProblem(403, 'GH_LOGIN_CODE', 'This code is not good, or no longer. Log in again.');
    }
    this.#used.set(code.id, code.expiresAtMs);
    const { session, sealed } = this.#sessions.begin('terminal', code.reviewer, code.sessionUntilMs);
    this.#deps.log.info({ subject: code.reviewer.subject }, 'a terminal was logged in');
    return json({ session: sealed, expiresAtMs: session.expiresAtMs } satisfies TerminalLoginAnswer);
  };

  #codeFor(session: Session, challenge: string): string {
    const code: Code = {
      id: randomBytes(16).toString('base64url'),
      madeBy: this.#self,
      challenge,
      reviewer: session.reviewer,
      // The terminal's session ends no later than the login that it was made from.
      sessionUntilMs: session.expiresAtMs,
      expiresAtMs: this.#deps.clock.nowMs() + CODE_MS,
    };
    return this.#deps.values.seal('terminal-code', code);
  }

  #isGood(code: Code, verifier: string): boolean {
    const nowMs = this.#deps.clock.nowMs();
    for (const [id, untilMs] of this.#used) if (untilMs <= nowMs) this.#used.delete(id);
    if (code.madeBy !== this.#self || code.expiresAtMs <= nowMs || this.#used.has(code.id)) return false;
    if (this.#used.size >= CODES_MAX) return false;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    return timingSafeEqual(Buffer.from(challenge), Buffer.from(code.challenge));
  }
}

function readTarget(values: URLSearchParams): { readonly port: number; readonly challenge: string } {
  const port = Number(values.get('port'));
  const challenge = values.get('challenge') ?? '';
  if (Number.isInteger(port) && port >= PORT_MIN && port <= 65_535 && CHALLENGE.test(challenge))
    return { port, challenge };
  throw new ConsoleProblem(
    400,
    'GH_CONSOLE_FORM',
    'This link of the terminal is not whole. Log in there again.',
  );
}
