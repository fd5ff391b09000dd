/** The evidence, to be searched by auditors, and one session's course, across protocols, for everyone with a role. */
import type { EvidencePlace } from '../domain/evidence.ts';
import type { EvidenceList } from './api.ts';
import { json, type Reply, type SessionCall } from './call.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { ConsoleProblem } from './problem.ts';
import { requireRole, rolesOf } from './roles.ts';

const SEARCH_LIMIT = 50;
const TIMELINE_LIMIT = 500;
const WORDS_MAX = 8;
const QUERY_CHARACTERS_MAX = 300;
const PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) ([0-9a-f-]{36})$/;

export class EvidenceApi {
  readonly #deps: ConsoleDependencies;

  constructor(deps: ConsoleDependencies) {
    this.#deps = deps;
  }

  search = async ({ url, session }: SessionCall): Promise<Reply> => {
    requireRole(rolesOf(session.reviewer, this.#deps.config.roles), 'auditor', 'admin');
    const words = (url.searchParams.get('q') ?? '')
      .slice(0, QUERY_CHARACTERS_MAX)
      .split(/\s+/)
      .filter((each) => each !== '');
    const events = await this.#deps.evidence.search({
      words: words.slice(0, WORDS_MAX),
      before: placeOf(url.searchParams.get('before')),
      limit: SEARCH_LIMIT,
    });
    const last = events.at(-1);
    const next = last === undefined || events.length < SEARCH_LIMIT ? null : `${last.time} ${last.eventId}`;
    return json({ events, next } satisfies EvidenceList);
  };

  timeline = async ({ parts, session }: SessionCall): Promise<Reply> => {
    requireRole(rolesOf(session.reviewer, this.#deps.config.roles), 'reviewer', 'auditor', 'admin');
    const events = await this.#deps.evidence.timeline(parts[0] as string, TIMELINE_LIMIT);
    return json({ events, next: null } satisfies EvidenceList);
  };
}

function placeOf(text: string | null): EvidencePlace | undefined {
  if (text === null) return undefined;
  const [, time, eventId] = PLACE.exec(text) ?? [];
  if (time !== undefined && eventId !== undefined) return { time, eventId };
  throw new ConsoleProblem(400, 'GH_CONSOLE_FORM', 'before is what a list gave as next.');
}
