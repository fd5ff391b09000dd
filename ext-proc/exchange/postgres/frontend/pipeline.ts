/**
 * Where a client is in what it sends ahead of the answers. Owns the batches, which are what the server skips as one
 * after an error, and what each forwarded statement does to the session; refuses to say what the state of the
 * transaction is while an answer still to come may change it.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Pipelining".
 */
import type { DescribedStatement, StatementDescription } from '../../../domain/statement.ts';
import { transactionAfter } from '../effects.ts';
import type { Portal } from '../prepared.ts';
import type { ClosingPortal, CommitEnd } from '../reply-queue.ts';
import type { NameTable } from '../name-table.ts';
import type { SessionWalk } from '../session-walk.ts';
import type { CopiesIn } from './copies-in.ts';

export class Pipeline {
  readonly #walk: SessionWalk;
  readonly #copies: CopiesIn;
  #batch = 0;
  /** After a denial in the extended protocol everything up to the next Sync is ignored, as the server would. */
  #skipToSync = false;
  /** The last batch that was sent within a transaction block, or changes it, while it is not answered. */
  #transactionBatch: number | undefined;

  constructor(walk: SessionWalk, copies: CopiesIn) {
    this.#walk = walk;
    this.#copies = copies;
  }

  /** The messages between two Syncs, or one Query, by number. */
  get batch(): number {
    return this.#batch;
  }

  /** A Query is a batch of its own; what follows it is of the next. */
  queryBatch(): number {
    this.#batch++;
    return this.#batch++;
  }

  /** Whether what comes is ignored up to the next Sync. */
  get skipping(): boolean {
    return this.#skipToSync || this.#walk.serverSkipping;
  }

  skipToSync(): void {
    this.#skipToSync = true;
  }

  /** An error of the server's is on its way in this batch: the transaction is another after it. */
  failing(batch: number): void {
    this.#transactionBatch = batch;
  }

  /**
   * Whether the transaction's state depends on answers still to come: policy and the action digest see the state, and
   * what they see must not depend on how fast the server is. Within one batch it does not: after an error the rest of
   * it is skipped.
   */
  transactionUncertain(newBatch: boolean): boolean {
    if (this.#transactionBatch === undefined) return false;
    if (this.#walk.replies.length > 0) return newBatch || this.#transactionBatch !== this.#batch;
    this.#transactionBatch = undefined;
    return false;
  }

  /**
   * A decided statement is on its way to the server, to be run; by a portal, where it has the name of one. `only`: it is
   * all of its Query.
   */
  forwarded(statement: DescribedStatement, batch: number, running?: string, only = false): void {
    const { context } = this.#walk;
    const alone = only && context.transaction === 'idle' && !this.#walk.unsynced;
    context.statementForwarded(statement.description, alone);
    this.#walk.forwarded(statement.description);
    this.#touchPortals(statement.description, running);
    const before = context.transaction;
    context.setTransaction(transactionAfter(statement.description, before));
    if (before !== 'idle' || context.transaction !== 'idle') this.#transactionBatch = batch;
  }

  /** SQL fetches from the protocol's portals, and closes them, under the names of cursors. */
  #touchPortals({ verb, subject }: StatementDescription, running: string | undefined): void {
    const { portals } = this.#walk;
    if (verb === 'FETCH' || verb === 'MOVE') {
      const portal = subject === undefined ? undefined : portals.get(subject);
      if (portal?.kind === 'statement') portal.executed = true;
    } else if (verb === 'CLOSE' || verb === 'DISCARD') {
      for (const name of subject === undefined ? portals.names() : [subject])
        if (name !== running) this.#walk.endPortal(portals.get(name));
    }
  }

  /** A Sync, which ends a batch. `commits`: what ends with the commit that it makes. */
  sync(wire: Buffer, commits?: CommitEnd): void {
    const { replies, up, context, portals } = this.#walk;
    this.#batch++;
    this.#skipToSync = false;
    this.#walk.serverSkipping = false;
    const copy = this.#copies.current;
    if (copy?.event.copying === true) {
      // Ahead of the data it is certainly ignored: nothing can have failed yet.
      if (copy.fed) copy.event.syncHeld = true;
      return;
    }
    const ignoredInCopy = copy?.certain === true;
    const closing =
      !ignoredInCopy && context.transaction === 'idle' ? this.#closingPortals(portals) : NO_CLOSING;
    replies.push({ kind: 'sync', ignoredInCopy, closing, commits });
    if (!ignoredInCopy) {
      this.#walk.pipelineEnded();
      this.#walk.bound = false;
    }
    up.release(wire);
  }

  #closingPortals(portals: NameTable<Portal>): readonly ClosingPortal[] {
    const names = portals.names();
    if (names.length === 0) return NO_CLOSING;
    const closing: ClosingPortal[] = [];
    for (const name of names) {
      const portal = portals.get(name);
      if (portal !== undefined)
        closing.push({ portal, change: portals.change(name, undefined, this.#batch) });
    }
    return closing;
  }
}

const NO_CLOSING: readonly ClosingPortal[] = [];
