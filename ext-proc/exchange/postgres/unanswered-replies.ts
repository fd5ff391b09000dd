/**
 * What becomes of what the server owes when its answer will not come: after an error, a skipped batch, the end of a
 * stream. Owns that every event is ended all the same, and that names are what they were before.
 */
import type { Outcome } from '../../domain/audit-event.ts';
import type { ActionEvent } from './action-event.ts';
import type { NameChange } from './name-table.ts';
import type { ClosingPortal, ExpectedReply } from './reply-queue.ts';
import type { SessionWalk } from './session-walk.ts';

const NO_EVENTS: readonly ActionEvent[] = [];
const NO_CHANGES: readonly NameChange<unknown>[] = [];

export class UnansweredReplies {
  readonly #walk: SessionWalk;

  constructor(walk: SessionWalk) {
    this.#walk = walk;
  }

  /** Ends whatever event an entry stands for; `tell` leaves after the record. */
  end(entry: ExpectedReply, outcome: Outcome, errorCode: string, tell?: Buffer): void {
    switch (entry.kind) {
      case 'query':
        if (!entry.started) {
          entry.unnamedStatement?.undone();
          entry.unnamedPortal?.undone();
        }
        for (let index = entry.next; index < entry.events.length; index++) {
          for (const change of entry.changes[index] ?? NO_CHANGES) change.undone();
          const event = entry.events[index] as ActionEvent;
          this.#walk.endEvent(event, index === entry.next ? outcome : 'not_run', errorCode);
        }
        break;
      case 'parse':
        entry.change.undone();
        return this.#walk.endEvent(entry.event, outcome, errorCode, tell);
      case 'bind':
        entry.change.undone();
        return this.#walk.endEvent(entry.portal.event, outcome, errorCode, tell);
      case 'execute':
        for (const change of entry.changes) change.undone();
        return this.#walk.endEvent(entry.event, outcome, errorCode, tell);
      case 'close':
        entry.change.undone();
        break;
      case 'denied':
      case 'rollback':
        this.#walk.keep(entry.receipt);
        break;
      case 'try':
        this.#walk.endEvent(entry.event, outcome, errorCode, tell);
        return entry.onRan(undefined);
      case 'sync':
        for (const event of entry.commits?.events ?? NO_EVENTS)
          this.#walk.endEvent(event, outcome, errorCode);
        this.closePortals(entry.closing, true);
        break;
      case 'describe':
      case 'absent':
      case 'local':
        break;
      case 'probe':
        entry.onDone(true);
        break;
    }
    if (tell !== undefined) this.#walk.down.release(tell);
  }

  endAll(outcome: Outcome, errorCode: string): void {
    for (const entry of this.#walk.replies.drain()) this.end(entry, outcome, errorCode);
  }

  /** The server ignores what was sent between its error and the next Sync; so does the queue. */
  skipToSync(): void {
    const { replies } = this.#walk;
    while (replies.head !== undefined && replies.head.kind !== 'sync') {
      this.end(replies.shift() as ExpectedReply, 'not_run', '');
    }
    if (replies.length === 0) {
      this.#walk.serverSkipping = true;
      this.#walk.idle();
    }
  }

  /** Outside a transaction block no portal outlives a Sync: what was never run is recorded as such. */
  closePortals(closing: readonly ClosingPortal[], closed: boolean): void {
    for (const { portal, change } of closing) {
      if (closed) {
        change.took();
        this.#walk.endPortal(portal);
      } else change.undone();
    }
  }
}
