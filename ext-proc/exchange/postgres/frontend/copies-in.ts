/**
 * The data that a client sends for COPY … FROM STDIN. Owns which decided action the data belongs to; whatever belongs
 * to none is ignored, as the server would.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "COPY Operations".
 */
import type { DescribedStatement } from '../../../domain/statement.ts';
import type { ActionEvent } from '../action-event.ts';
import { readsFromClient } from '../effects.ts';
import type { SessionWalk } from '../session-walk.ts';

export interface CopyIn {
  readonly event: ActionEvent;
  /** False where the text could not be read: it may be a COPY, and the server knows. */
  readonly certain: boolean;
  /** Data has been sent. */
  fed: boolean;
}

export class CopiesIn {
  readonly #walk: SessionWalk;
  /** The actions whose data the client is sending, or may send once the server asks, in order. */
  #expected: CopyIn[] = NO_COPIES;

  constructor(walk: SessionWalk) {
    this.#walk = walk;
  }

  /** Whether data may come, unless its action has ended by now. */
  get any(): boolean {
    return this.#expected.length > 0;
  }

  /** The COPY that takes data now, or will when the server asks for it. */
  get current(): CopyIn | undefined {
    while (this.#expected[0]?.event.ended === true) this.#expected.shift();
    return this.#expected[0];
  }

  /** These are on their way to the server, in place of those before. */
  forwarded(statements: readonly DescribedStatement[], events: readonly ActionEvent[]): void {
    this.#expected = copiesOf(statements, events);
  }

  forget(): void {
    this.#expected = NO_COPIES;
  }

  data(bytes: Buffer): void {
    const copy = this.current;
    if (copy === undefined) return;
    copy.fed = true;
    copy.event.bytesIn += bytes.length;
    this.#walk.up.release(bytes);
  }

  /** CopyDone or CopyFail. */
  end(wire: Buffer): void {
    const event = this.current?.event;
    if (event === undefined) return;
    event.bytesIn += wire.length;
    this.#expected.shift();
    this.#walk.up.release(wire);
  }
}

const NO_COPIES: CopyIn[] = [];

/** Those of a text's statements that read data from the client. */
function copiesOf(statements: readonly DescribedStatement[], events: readonly ActionEvent[]): CopyIn[] {
  let copies = NO_COPIES;
  for (const [index, { description }] of statements.entries()) {
    const certain = readsFromClient(description);
    if (!certain && description.verb !== 'UNKNOWN') continue;
    if (copies === NO_COPIES) copies = [];
    copies.push({ event: events[index] as ActionEvent, certain, fed: false });
  }
  return copies;
}
