/**
 * Describe and Close: the messages about a prepared statement or a portal that run nothing, and need no decision.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Extended Query".
 */
import { decodeClose, decodeDescribe } from '../../../protocols/postgres/frontend.ts';
import type { SessionWalk } from '../session-walk.ts';
import type { Pipeline } from './pipeline.ts';
import type { Refusals } from './refusals.ts';
import type { TokenRenewals } from './token-renewals.ts';

export class ExtendedNames {
  readonly #walk: SessionWalk;
  readonly #pipeline: Pipeline;
  readonly #refusals: Refusals;
  readonly #renewals: TokenRenewals;

  constructor(walk: SessionWalk, pipeline: Pipeline, refusals: Refusals, renewals: TokenRenewals) {
    this.#walk = walk;
    this.#pipeline = pipeline;
    this.#refusals = refusals;
    this.#renewals = renewals;
  }

  describe(wire: Buffer): void {
    const describe = decodeDescribe(wire);
    if (!describe.ok) return this.#refusals.undecodable(describe.code, false);
    const known =
      describe.target === 'statement'
        ? this.#walk.prepared.get(describe.name)
        : this.#walk.portals.get(describe.name);
    if (known?.kind === 'renewal') return this.#renewals.describe(describe.target);
    const shape = known?.shape;
    if (shape !== undefined) shape.askedIn = this.#pipeline.batch;
    const parameters = known !== undefined && 'parameters' in known ? known.parameters : undefined;
    this.#walk.replies.push({ kind: 'describe', shape, parameters, own: false });
    this.#walk.unsynced = true;
    this.#walk.up.release(wire);
  }

  close(wire: Buffer): void {
    const close = decodeClose(wire);
    if (!close.ok) return this.#refusals.undecodable(close.code, false);
    const { prepared, portals, replies, up } = this.#walk;
    const table = close.target === 'statement' ? prepared : portals;
    const named = table.get(close.name);
    if (close.target === 'portal') this.#walk.endPortal(portals.get(close.name));
    const change = table.change(close.name, undefined, this.#pipeline.batch);
    if (named?.kind === 'renewal') {
      change.took();
      return this.#renewals.closed();
    }
    replies.push({ kind: 'close', change });
    this.#walk.unsynced = true;
    up.release(wire);
  }
}
