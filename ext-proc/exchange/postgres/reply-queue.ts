/**
 * What the server still owes for what was forwarded, in order. Owns the pairing of answers with actions: whatever
 * arrives is an answer to the head of this queue, or the stream is out of step and is closed.
 */
import type { Receipt } from '../../domain/audit-event.ts';
import type { DescribedStatement } from '../../domain/statement.ts';
import type { ActionEvent } from './action-event.ts';
import type { RowShape } from './masking/row-shape.ts';
import type { StatementMasking } from './masking/statement-masking.ts';
import type { NameChange } from './name-table.ts';
import type { ParameterShape, Portal, StatementPortal } from './prepared.ts';

export type ExpectedReply =
  /** A simple Query: a completion for each statement, then ReadyForQuery. */
  | {
      readonly kind: 'query';
      readonly events: readonly ActionEvent[];
      readonly statements: readonly DescribedStatement[];
      /** One for each statement. */
      readonly maskings: readonly StatementMasking[];
      /** The ends of what was unnamed, where there was something. */
      readonly unnamedStatement: NameChange<unknown> | undefined;
      readonly unnamedPortal: NameChange<Portal> | undefined;
      /** What each statement does to names. */
      readonly changes: readonly (readonly NameChange<unknown>[])[];
      next: number;
      started: boolean;
    }
  | {
      readonly kind: 'parse';
      readonly event: ActionEvent;
      readonly masking: StatementMasking;
      readonly change: NameChange<unknown>;
    }
  | { readonly kind: 'bind'; readonly portal: StatementPortal; readonly change: NameChange<Portal> }
  | {
      readonly kind: 'describe';
      /** Of the prepared statement or portal that it describes, where the gate knows it. */
      readonly shape: RowShape | undefined;
      /** Of the prepared statement that it describes. */
      readonly parameters?: ParameterShape | undefined;
      /** Sent by the gate, which must know the rows that an Execute behind it brings: its answer is swallowed. */
      readonly own: boolean;
    }
  | {
      readonly kind: 'execute';
      readonly portal: StatementPortal;
      readonly event: ActionEvent;
      readonly changes: readonly NameChange<unknown>[];
    }
  | { readonly kind: 'close'; readonly change: NameChange<unknown> }
  /** `ignoredInCopy`: sent between a COPY's Execute and its data's end; the server drops it if it reads COPY data. */
  | {
      readonly kind: 'sync';
      readonly ignoredInCopy: boolean;
      /** Portals that end with it. */
      readonly closing: readonly ClosingPortal[];
      /** What ends with the commit that it makes. */
      readonly commits?: CommitEnd | undefined;
    }
  /** A statement of a Query that the gate runs by Parse, Bind, Describe and Execute, so that its commit can be held. */
  | {
      readonly kind: 'try';
      readonly event: ActionEvent;
      readonly masking: StatementMasking;
      /** What the server says of its end, or undefined where it failed: a Sync is owed then, and on its way. */
      readonly onRan: (complete: Buffer | undefined) => void;
    }
  /** A rollback of the gate's in a commit's place: what is said of it becomes `response`. */
  | {
      readonly kind: 'rollback';
      readonly response: Buffer;
      readonly receipt: Promise<Receipt>;
      readonly simple: boolean;
    }
  /** The use of a name that stands for nothing: a Close of the gate's, whose answer is swallowed, and the server's error. */
  | { readonly kind: 'absent'; closed: boolean }
  /** A message of the gate's own that the server must fail, in place of a denied one: its error becomes `response`. */
  | {
      readonly kind: 'denied';
      readonly response: Buffer;
      readonly receipt: Promise<Receipt>;
      readonly simple: boolean;
    }
  /** An answer of the gate's own that needs no server. */
  | { readonly kind: 'local'; readonly bytes: Buffer; readonly receipt: Promise<Receipt> | undefined }
  /** The gate's own question about the session's names. */
  | {
      readonly kind: 'probe';
      readonly endsWithSync: boolean;
      /** CloseComplete messages that answer it. */
      readonly closes: number;
      readonly onRow: (wire: Buffer) => void;
      readonly onDone: (failed: boolean) => void;
    };

/** Events whose outcome is that of a commit, and what tells the client of it. */
export interface CommitEnd {
  readonly events: readonly ActionEvent[];
  readonly tell: Buffer;
}

/** A portal that ends with a Sync, if that ends its transaction. */
export interface ClosingPortal {
  readonly portal: Portal;
  readonly change: NameChange<Portal>;
}

export class ReplyQueue {
  #entries: ExpectedReply[] = [];
  #head = 0;
  #answers = 0;
  #shortAt = 0;
  #onShort: (() => void) | undefined;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get head(): ExpectedReply | undefined {
    return this.#entries[this.#head];
  }

  /** Answers that are owed: each statement of a Query counts, because each keeps what an entry of its own would. */
  get answers(): number {
    return this.#answers;
  }

  /** Calls back once, when no more than so many answers are owed. */
  whenShort(answers: number, callback: () => void): void {
    this.#shortAt = answers;
    this.#onShort = callback;
  }

  push(entry: ExpectedReply): void {
    this.#entries.push(entry);
    this.#answers += answersOf(entry);
  }

  #less(answers: number): void {
    this.#answers -= answers;
    const callback = this.#onShort;
    if (callback === undefined || this.#answers > this.#shortAt) return;
    this.#onShort = undefined;
    callback();
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
    this.#less(answersOf(entry));
    return entry;
  }

  /** The server has begun to read COPY data: the Syncs that were sent behind the head before its end are ignored. */
  dropIgnoredSyncs(): void {
    const first = this.#head + 1;
    let end = first;
    for (
      let entry = this.#entries[end];
      entry?.kind === 'sync' && entry.ignoredInCopy;
      entry = this.#entries[end]
    )
      end++;
    this.#entries.splice(first, end - first);
    this.#less(end - first);
  }

  /** Whether anything is owed that may change the state of the transaction. */
  get runs(): boolean {
    for (let index = this.#head; index < this.#entries.length; index++) {
      const kind = this.#entries[index]?.kind;
      if (kind !== undefined && RUNS.has(kind)) return true;
    }
    return false;
  }

  /** Everything that is still owed, for the end of a stream. */
  drain(): readonly ExpectedReply[] {
    const rest = this.#entries.slice(this.#head);
    this.#entries = [];
    this.#head = 0;
    this.#less(this.#answers);
    return rest;
  }
}

const answersOf = (entry: ExpectedReply): number =>
  entry.kind === 'query' ? Math.max(1, entry.events.length) : 1;

const RUNS: ReadonlySet<ExpectedReply['kind']> = new Set(['query', 'execute', 'denied', 'try', 'rollback']);
