/**
 * What the server still owes for what was forwarded, in order. Owns the pairing of answers with actions: whatever
 * arrives is an answer to the head of this queue, or the stream is out of step and is closed.
 */
import type { Receipt } from '../../domain/audit-event.ts';
import type { DescribedStatement } from '../../domain/statement.ts';
import type { ActionEvent } from './action-event.ts';
import type { Portal, Prepared, StatementPortal } from './prepared.ts';

export type ExpectedReply =
  /** A simple Query: a completion for each statement, then ReadyForQuery. */
  | { readonly kind: 'query'; readonly events: readonly ActionEvent[]; readonly statements: readonly DescribedStatement[]; next: number }
  | { readonly kind: 'parse'; readonly event: ActionEvent; readonly name: string; readonly previous: Prepared | undefined }
  | { readonly kind: 'bind'; readonly portal: StatementPortal }
  | { readonly kind: 'describe' }
  | { readonly kind: 'execute'; readonly portal: StatementPortal; readonly event: ActionEvent }
  | { readonly kind: 'close' }
  /** `ignoredInCopy`: sent between a COPY's Execute and its data's end; the server drops it if it reads COPY data. */
  | { readonly kind: 'sync'; readonly ignoredInCopy: boolean; /** Portals that end with it. */ readonly closing: readonly Portal[] }
  /** A message of the gate's own that the server must fail, in place of a denied one: its error becomes `response`. */
  | { readonly kind: 'denied'; readonly response: Buffer; readonly receipt: Promise<Receipt>; readonly simple: boolean }
  /** An answer of the gate's own that needs no server. */
  | { readonly kind: 'local'; readonly bytes: Buffer; readonly receipt: Promise<Receipt> | undefined }
  /** The gate's own question about the session's names. */
  | { readonly kind: 'probe'; readonly endsWithSync: boolean; readonly onRow: (wire: Buffer) => void; readonly onDone: (failed: boolean) => void };

export class ReplyQueue {
  #entries: ExpectedReply[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get head(): ExpectedReply | undefined {
    return this.#entries[this.#head];
  }

  push(entry: ExpectedReply): void {
    this.#entries.push(entry);
  }

  shift(): ExpectedReply | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#entries.length) {
      this.#entries = [];
      this.#head = 0;
    } else if (this.#head > 1_024) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** The server has begun to read COPY data: the Syncs that were sent behind the head before its end are ignored. */
  dropIgnoredSyncs(): void {
    const rest = this.#entries.slice(this.#head);
    this.#entries = rest.filter((entry) => !(entry.kind === 'sync' && entry.ignoredInCopy));
    this.#head = 0;
  }

  /** Everything that is still owed, for the end of a stream. */
  drain(): readonly ExpectedReply[] {
    const rest = this.#entries.slice(this.#head);
    this.#entries = [];
    this.#head = 0;
    return rest;
  }
}
