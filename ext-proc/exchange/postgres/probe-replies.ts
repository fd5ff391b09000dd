/** Reads what the server says to the gate's own question (context-probe.ts): nothing of it reaches the client. */
import { BACKEND } from '../../protocols/postgres/message-types.ts';
import type { ExpectedReply } from './reply-queue.ts';
import type { SessionWalk } from './session-walk.ts';

type ProbeReply = Extract<ExpectedReply, { kind: 'probe' }>;

export class ProbeReplies {
  readonly #walk: SessionWalk;
  /** The framer puts no rows together: one may come in pieces. */
  #row: Buffer[] = [];
  #closes = 0;
  #failed = false;

  constructor(walk: SessionWalk) {
    this.#walk = walk;
  }

  row(bytes: Buffer): void {
    this.#row.push(bytes);
  }

  /** A message of the answer that is neither a row nor an error. */
  message(head: ProbeReply, type: number): void {
    if (type === BACKEND.CommandComplete) {
      head.onRow(Buffer.concat(this.#row));
      this.#row = [];
    }
    if (type === BACKEND.CloseComplete) this.#closes++;
    const done = head.endsWithSync ? type === BACKEND.ReadyForQuery : this.#closes === head.closes;
    if (done) this.#finish(head);
  }

  error(head: ProbeReply): void {
    this.#failed = true;
    if (head.endsWithSync) return;
    // Within a pipeline the server now ignores everything to the next Sync, as after any error.
    this.#finish(head);
    this.#walk.serverSkipping = true;
  }

  #finish(head: ProbeReply): void {
    const failed = this.#failed;
    this.#closes = 0;
    this.#row = [];
    this.#failed = false;
    this.#walk.replies.shift();
    head.onDone(failed);
    if (this.#walk.replies.length === 0) this.#walk.idle();
  }
}
