/** Live sessions of agents: those with a role see them, and an admin may end one, which is evidence. */
import { asEventId, asSessionId, uuidV7 } from '../domain/ids.ts';
import { NO_ACTION } from '../domain/own-record.ts';
import type { LiveSession } from '../domain/ports.ts';
import type { LiveSessionList } from './api.ts';
import { json, NO_CONTENT, type Reply, type SessionCall } from './call.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { ConsoleProblem } from './problem.ts';
import { requireRole, rolesOf } from './roles.ts';

export class SessionsApi {
  readonly #deps: ConsoleDependencies;

  constructor(deps: ConsoleDependencies) {
    this.#deps = deps;
  }

  list = ({ session }: SessionCall): Promise<Reply> => {
    const { liveSessions, config } = this.#deps;
    requireRole(rolesOf(session.reviewer, config.roles), 'reviewer', 'auditor', 'admin');
    return Promise.resolve(json({ sessions: liveSessions.listSessions() } satisfies LiveSessionList));
  };

  end = async ({ parts, session }: SessionCall): Promise<Reply> => {
    const { liveSessions, config } = this.#deps;
    const { reviewer } = session;
    requireRole(rolesOf(reviewer, config.roles), 'admin');
    const meant = liveSessions.listSessions().find(({ sessionId }) => sessionId === parts[0]);
    if (meant === undefined) throw noSession();
    await this.#record(meant, reviewer);
    if (!liveSessions.kill(meant.sessionId, reviewer.subject)) throw noSession();
    return NO_CONTENT;
  };

  async #record(
    meant: LiveSession,
    reviewer: { subject: string; issuer: string; groups: readonly string[] },
  ) {
    const { journal, clock, random } = this.#deps;
    const time = clock.nowMs();
    await journal.append({
      type: 'decided',
      time,
      event_id: asEventId(uuidV7(time, random(10))),
      session_id: asSessionId(meant.sessionId),
      principal_subject: reviewer.subject,
      on_behalf_of: '',
      issuer: reviewer.issuer,
      groups: reviewer.groups,
      client_address: '',
      upstream: meant.upstream,
      protocol: '',
      action_kind: 'console.session_ended',
      decision: 'allow',
      rule: 'gate.console',
      reason: 'an admin ended a live session',
      ...NO_ACTION,
      database: meant.database,
      policy_bundle: '',
      outcome: 'ok',
      details: { session_of: meant.principalSubject, session_for: meant.onBehalfOf },
    });
  }
}

const noSession = (): ConsoleProblem =>
  new ConsoleProblem(404, 'GH_CONSOLE_NO_SESSION', 'There is no such live session; it may have ended.');
