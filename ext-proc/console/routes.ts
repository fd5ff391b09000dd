/** Which path does what, and what it takes to ask for it. Everything else is not there. */
import { ApprovalsApi } from './approvals-api.ts';
import { readAssets } from './assets.ts';
import { json, NO_CONTENT, type Call, type Reply, type SessionCall } from './call.ts';
import { clearCookie } from './cookies.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { EvidenceApi } from './evidence-api.ts';
import type { EventStreams } from './events.ts';
import { GrantsApi } from './grants-api.ts';
import { BrowserLogin } from './login.ts';
import { OutsideApi } from './outside-api.ts';
import { rolesOf } from './roles.ts';
import { SESSION_COOKIE, type Sessions } from './sessions.ts';
import { SessionsApi } from './sessions-api.ts';
import { TerminalLogin } from './terminal-login.ts';
import type { Me } from './api.ts';

interface RouteOf<Kind, Of> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: RegExp;
  readonly for: Kind;
  readonly handle: (call: Of) => Promise<Reply>;
}

/**
 * - `page`: the page and its files, for anybody.
 * - `anyone`: needs no login, and checks by itself what it takes.
 * - `session`: whoever is logged in, from the console's own page or by a bearer token, and by CSRF token where it changes
 *   something.
 */
export type Route = RouteOf<'page' | 'anyone', Call> | RouteOf<'session', SessionCall>;

const ID = '([0-9a-f-]{36})';
const CHANNEL = '([a-z0-9-]{1,40})';

export function consoleRoutes(
  deps: ConsoleDependencies,
  sessions: Sessions,
  events: EventStreams,
): readonly Route[] {
  const approvals = new ApprovalsApi(deps, events.grantsChanged);
  const grants = new GrantsApi(deps, events.grantsChanged);
  const live = new SessionsApi(deps);
  const evidence = new EvidenceApi(deps);
  const login = new BrowserLogin(deps, sessions);
  const terminal = new TerminalLogin(deps, sessions);
  const outside = new OutsideApi(deps);
  const assets = readAssets();

  const me = ({ session }: SessionCall): Promise<Reply> => {
    const { subject, name, groups } = session.reviewer;
    const answer: Me = {
      subject,
      name,
      groups,
      roles: rolesOf(session.reviewer, deps.config.roles),
      expiresAtMs: session.expiresAtMs,
      csrf: sessions.csrfTokenOf(session),
    };
    return Promise.resolve(json(answer));
  };
  const logout = ({ session }: SessionCall): Promise<Reply> => {
    sessions.end(session);
    return Promise.resolve({ ...NO_CONTENT, headers: { 'set-cookie': [clearCookie(SESSION_COOKIE)] } });
  };
  const health = (): Promise<Reply> => Promise.resolve(json({ ok: true }));

  const page = (path: string, handle: (call: Call) => Promise<Reply>): Route => ({
    method: 'GET',
    path: new RegExp(`^${path}$`),
    for: 'page',
    handle,
  });
  const anyone = (method: Route['method'], path: string, handle: (call: Call) => Promise<Reply>): Route => ({
    method,
    path: new RegExp(`^${path}$`),
    for: 'anyone',
    handle,
  });
  const session = (
    method: Route['method'],
    path: string,
    handle: (call: SessionCall) => Promise<Reply>,
  ): Route => ({ method, path: new RegExp(`^${path}$`), for: 'session', handle });

  return [
    session('GET', '/api/me', me),
    session('GET', '/api/approvals', approvals.list),
    session('GET', `/api/approvals/${ID}`, approvals.show),
    session('POST', `/api/approvals/${ID}/decision`, approvals.decide),
    session('GET', '/api/events', events.open),
    session('GET', '/api/grants', grants.list),
    session('DELETE', `/api/grants/${ID}`, grants.revoke),
    session('GET', '/api/sessions', live.list),
    session('DELETE', `/api/sessions/${ID}`, live.end),
    session('GET', `/api/sessions/${ID}/timeline`, evidence.timeline),
    session('GET', '/api/search', evidence.search),
    session('POST', '/api/logout', logout),
    anyone('GET', '/login', login.start),
    anyone('GET', '/login/callback', login.callback),
    anyone('GET', '/login/terminal', terminal.ask),
    anyone('POST', '/login/terminal/confirm', terminal.confirm),
    anyone('POST', '/login/terminal', terminal.token),
    anyone('POST', `/webhooks/${CHANNEL}`, outside.webhook),
    anyone('POST', `/slack/${CHANNEL}`, outside.slack),
    anyone('GET', '/health', health),
    page('/assets/.+', assets.file),
    page(`/(?:approvals/${ID}|decided(?:/${ID})?|grants|sessions(?:/${ID})?|search)?`, assets.page),
  ];
}
