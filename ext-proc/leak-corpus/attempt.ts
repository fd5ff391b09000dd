/** One attempt: an entry's statements with one guess, on fresh sessions, and everything that came back. */
import { encodeCopyFail, encodeQuery, encodeSync } from '../protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../protocols/postgres/message-types.ts';
import type { Step } from './entry.ts';
import { Received } from './received.ts';
import type { Target } from './target-url.ts';
import { WireSession } from './wire-session.ts';

const STEP_TIMEOUT_MS = 15_000;

export interface Way {
  readonly target: Target;
  /** Where entries with an owner's session open it. */
  readonly owner: Target | undefined;
}

/**
 * Throws `GH_LEAK_ME_CONNECT` where a session cannot be opened: a target that is away keeps every secret, and proves
 * nothing. A session that the target ends over a statement is an answer.
 */
export async function attempt(way: Way, steps: readonly Step[]): Promise<Received> {
  const received = new Received();
  const sessions = new Map<string, WireSession>();
  try {
    for (const step of steps) {
      const name = typeof step === 'string' ? 'main' : (step.on ?? 'main');
      let session = sessions.get(name);
      if (session === undefined) {
        const target = name === 'owner' ? way.owner : way.target;
        if (target === undefined) continue;
        session = await WireSession.open(target);
        sessions.set(name, session);
      }
      if (session.ended !== undefined) continue;
      const opened = session;
      const syncs = sendStep(opened, step);
      const broken = await opened.untilReady(syncs, STEP_TIMEOUT_MS, (message) => {
        if (message.type === BACKEND.CopyInResponse) opened.send(encodeCopyFail('nothing to copy'));
        if (name !== 'owner') received.add({ session: name, ...message });
      });
      if (broken !== undefined && name !== 'owner') received.broken ??= broken;
    }
    return received;
  } finally {
    for (const session of sessions.values()) session.close();
  }
}

function sendStep(session: WireSession, step: Step): number {
  if (typeof step === 'string') session.send(encodeQuery(step));
  else if ('query' in step) session.send(encodeQuery(step.query));
  else {
    const syncs = step.syncs ?? 1;
    session.send(
      ...step.messages,
      ...(step.bare === true ? [] : Array.from({ length: syncs }, () => encodeSync())),
    );
    return syncs;
  }
  return 1;
}
