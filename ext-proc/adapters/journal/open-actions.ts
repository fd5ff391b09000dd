/**
 * Which actions of a chain are decided and not ended. A segment's header lists them. Bounded: what never ends would
 * otherwise grow it for ever; the oldest is then dropped from the list, and its row simply keeps the outcome `unknown`.
 */
import type { AuditRecord } from '../../domain/audit-event.ts';

const OPEN_MAX = 65_536;

type RecordHead = Pick<AuditRecord, 'type' | 'event_id' | 'session_id' | 'outcome'>;

function note(open: Map<string, string>, head: RecordHead): void {
  if (head.type === 'ended') open.delete(head.event_id);
  else if (head.outcome === undefined) open.set(head.event_id, head.session_id);
}

export class OpenActions {
  readonly #open = new Map<string, string>();

  get size(): number {
    return this.#open.size;
  }

  apply(heads: readonly RecordHead[]): void {
    for (const head of heads) note(this.#open, head);
    while (this.#open.size > OPEN_MAX) this.#open.delete(this.#open.keys().next().value as string);
  }

  /** Event and session ids of what is open after these records too, without taking them in. */
  with(heads: readonly RecordHead[]): [string, string][] {
    const open = new Map(this.#open);
    for (const head of heads) note(open, head);
    return [...open];
  }
}
