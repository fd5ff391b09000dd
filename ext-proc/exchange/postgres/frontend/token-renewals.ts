/**
 * `SET gatehouse.token` in both protocols. Owns the gate's own answers to it: the server never hears of such a
 * statement, nor of what is prepared and bound of it, so its place among what the server does hear must be certain.
 */
import type { Secret } from '../../../domain/secret.ts';
import { LIMITS } from '../../../domain/limits.ts';
import {
  encodeBindComplete,
  encodeCloseComplete,
  encodeCommandComplete,
  encodeNoData,
  encodeParseComplete,
  encodeReadyForQuery,
} from '../../../protocols/postgres/backend-encoders.ts';
import type { Refusal } from '../denial.ts';
import type { PreparedRenewal } from '../prepared.ts';
import type { SessionWalk } from '../session-walk.ts';
import type { Pipeline } from './pipeline.ts';
import type { Refusals } from './refusals.ts';

/** Renews the session's token; a refusal says why it was not. */
export type RenewToken = (token: Secret<string>) => Promise<Refusal | undefined>;

const NO_PARAMETERS = Buffer.from([0x74, 0, 0, 0, 6, 0, 0]);

export class TokenRenewals {
  readonly #walk: SessionWalk;
  readonly #pipeline: Pipeline;
  readonly #refusals: Refusals;
  readonly #renew: RenewToken;
  /** Of the very next message, a Query, whose turn has not come yet. */
  #ahead: Promise<Refusal | undefined> | undefined;

  constructor(walk: SessionWalk, pipeline: Pipeline, refusals: Refusals, renew: RenewToken) {
    this.#walk = walk;
    this.#pipeline = pipeline;
    this.#refusals = refusals;
    this.#renew = renew;
  }

  /** Renews now what is answered when its turn comes; once, however often it is seen until then. */
  ahead(token: Secret<string>, onRenewed: () => void): void {
    if (this.#ahead !== undefined) return;
    this.#ahead = this.#renew(token);
    this.#ahead.then(
      (refusal) => {
        if (refusal === undefined) onRenewed();
      },
      (error: unknown) => this.#walk.journalFailed(error),
    );
  }

  /** The message is skipped: it gets no answer. */
  skipped(): void {
    this.#ahead = undefined;
  }

  async query(token: Secret<string>): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const refusal = await (ahead ?? this.#renew(token));
    if (refusal !== undefined) return this.#refusals.refuseSimple(refusal);
    // In order behind what is still owed, with the transaction's state as it is then.
    if (!this.#walk.settled || this.#walk.replies.length > 0) await this.#walk.settle();
    const status = this.#walk.context.transaction;
    const ready = encodeReadyForQuery(status === 'idle' ? 'I' : status === 'failed' ? 'E' : 'T');
    this.#answer(Buffer.concat([encodeCommandComplete('SET'), ready]));
  }

  parse(name: string, token: Secret<string>): Promise<void> | void {
    const { prepared, replies } = this.#walk;
    const parse = (): void => {
      if (this.#walk.serverSkipping) return;
      if (prepared.size >= LIMITS.preparedStatementsMax) return this.#refusals.tooManyNames();
      prepared.change(name, { kind: 'renewal', name, token }, this.#pipeline.batch).took();
      this.#answer(encodeParseComplete());
    };
    return replies.length === 0 ? parse() : this.#walk.answered().then(parse);
  }

  bind(portal: string, prepared: PreparedRenewal): void {
    const { portals } = this.#walk;
    const replaced = portals.get(portal);
    portals.change(portal, { kind: 'renewal', name: portal, prepared }, this.#pipeline.batch).took();
    this.#walk.endPortal(replaced);
    this.#answer(encodeBindComplete());
  }

  async execute({ token }: PreparedRenewal): Promise<void> {
    const refusal = await this.#renew(token);
    if (refusal !== undefined) return this.#refusals.refuseExtended(refusal);
    this.#answer(encodeCommandComplete('SET'));
  }

  describe(target: 'statement' | 'portal'): void {
    this.#answer(target === 'statement' ? Buffer.concat([NO_PARAMETERS, encodeNoData()]) : encodeNoData());
  }

  closed(): void {
    this.#answer(encodeCloseComplete());
  }

  /** An answer that needs no server, behind everything that is still owed. */
  #answer(bytes: Buffer): void {
    const { replies, down } = this.#walk;
    if (replies.length === 0) down.release(bytes);
    else replies.push({ kind: 'local', bytes, receipt: undefined });
  }
}
