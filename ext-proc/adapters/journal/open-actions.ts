/**
 * Which actions of a chain are decided and not ended. A segment's header lists them. Bounded: what never ends would
 * otherwise grow it for ever; beyond the limit the oldest is given up, and the journal ends it as `unknown`.
 */
import type { RecordKey } from '../../domain/audit-event.ts';

export const OPEN_MAX = 65_536;
const NONE: readonly (readonly [string, string])[] = [];

function note(open: Map<string, string>, head: RecordKey): void {
  if (head.type === 'ended') open.delete(head.event_id);
  else if (head.outcome === undefined) open.set(head.event_id, head.session_id);
}

export class OpenActions {
  readonly #open = new Map<string, string>();

  get size(): number {
    return this.#open.size;
  }

  /** Takes records in. Returns event and session ids of what is given up for it. */
  apply(heads: readonly RecordKey[]): readonly (readonly [string, string])[] {
    for (const head of heads) note(this.#open, head);
    if (this.#open.size <= OPEN_MAX) return NONE;
    const givenUp: [string, string][] = [];
    for (const action of this.#open) {
      if (this.#open.size <= OPEN_MAX) break;
      givenUp.push(action);
      this.#open.delete(action[0]);
    }
    return givenUp;
  }

  /** Event and session ids of what is open after these records too, without taking them in. */
  with(heads: readonly RecordKey[]): [string, string][] {
    const open = new Map(this.#open);
    for (const head of heads) note(open, head);
    return [...open];
  }
}
