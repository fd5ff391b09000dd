/**
 * Execute: a portal runs under the decision of its Bind, and under a new one where anything that was decided on is
 * another by now.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Extended Query".
 */
import type { Receipt } from '../../../domain/audit-event.ts';
import { decodeExecute } from '../../../protocols/postgres/frontend.ts';
import { encodeClose, encodeDescribe } from '../../../protocols/postgres/frontend-encoders.ts';
import { endsTransaction, looksUpLate } from '../effects.ts';
import type { RowShape } from '../masking/row-shape.ts';
import { describesItself, type PreparedStatement, type StatementPortal } from '../prepared.ts';
import type { CurrentMeanings } from '../sql-prepared.ts';
import type { FrontendParts } from './frontend-parts.ts';
import { NO_MEANINGS } from './statement-meanings.ts';

export class ExtendedExecute {
  readonly #parts: FrontendParts;

  constructor(parts: FrontendParts) {
    this.#parts = parts;
  }

  /** A promise where it has to wait for something; what it does is done when that resolves. */
  execute(wire: Buffer): Promise<void> | void {
    const execute = decodeExecute(wire);
    if (!execute.ok) return this.#parts.refusals.undecodable(execute.code, false);
    return this.#executePortal(execute.portal, wire);
  }

  #executePortal(name: string, wire: Buffer): Promise<void> | void {
    if (this.#parts.walk.serverSkipping) return;
    const { portals } = this.#parts.walk;
    const { batch } = this.#parts.pipeline;
    const portal = portals.get(name);
    if (
      portals.uncertain(name, batch) ||
      (portal?.kind === 'statement' && this.#parts.sqlPrepared.uncertain([portal.prepared.statement], batch))
    ) {
      return this.#parts.walk.answered().then(() => this.#executePortal(name, wire));
    }
    if (portal === undefined) return this.#executeAbsent(name, wire);
    if (portal.kind === 'renewal') return this.#parts.renewals.execute(portal.prepared);
    const executed = this.#parts.sqlPrepared.executed([portal.prepared.statement]);
    if (executed.length > 0) {
      return this.#parts.meanings.meaningsNow(executed).then((now) => this.#run(portal, wire, now));
    }
    if (looksUpLate(portal.prepared.statement.description)) {
      const again = this.#parts.meanings.describedAgain(portal.prepared);
      const run = (prepared: PreparedStatement): void => {
        portal.prepared = prepared;
        this.#run(portal, wire, NO_MEANINGS);
      };
      return again instanceof Promise ? again.then(run) : run(again);
    }
    return this.#run(portal, wire, NO_MEANINGS);
  }

  #run(portal: StatementPortal, wire: Buffer, current: CurrentMeanings): void {
    if (this.#parts.walk.serverSkipping) return;
    const { decider, replies, up } = this.#parts.walk;
    let receipt: Promise<Receipt> | undefined;
    const resolved = this.#parts.sqlPrepared.resolveOne(portal.prepared.statement, current);
    const statement = this.#parts.sqlPrepared.ofPortal(resolved, portal);
    // Run again, or under another policy, context or meaning than its Bind was: decided again.
    if (
      portal.event.ended ||
      portal.decidedUnder !== decider.under ||
      portal.judged !== statement.description
    ) {
      const judgement = decider.judge(
        'postgres.execute',
        statement,
        portal.prepared.parameterTypes,
        portal.bind,
      );
      if (judgement.decision.verdict !== 'allow') return this.#parts.refusals.denyExtended(judgement);
      const recorded = decider.record(judgement);
      this.#parts.walk.endEvent(portal.event, portal.executed ? 'ok' : 'not_run');
      portal.event = recorded.event;
      receipt = recorded.receipt;
      portal.decidedUnder = decider.under;
      portal.judged = statement.description;
      portal.masking = judgement.masking;
    }
    portal.executed = true;
    portal.event.bytesIn += wire.length;
    const { batch } = this.#parts.pipeline;
    this.#parts.copies.forwarded([statement], [portal.event]);
    this.#parts.pipeline.forwarded(statement, batch, portal.name);
    this.#parts.sqlPrepared.forwarded(statement.description, portal);
    // The server commits behind it, Sync or not: what comes next is in a transaction of its own, without portals.
    if (endsTransaction(statement.description)) this.#parts.walk.bound = false;
    this.#parts.walk.touches(portal.masking);
    const changes = this.#parts.sqlPrepared.changes(portal.prepared.statement, batch, portal.name);
    const describe = this.#describeFirst(portal);
    replies.push({ kind: 'execute', portal, event: portal.event, changes });
    this.#parts.walk.unsynced = true;
    const bytes = describe === undefined ? wire : Buffer.concat([describe, wire]);
    if (receipt === undefined) up.release(bytes);
    else up.releaseAfter(receipt, bytes);
  }

  /**
   * Rows can be masked only where the server has said what they are: where the client did not ask, the gate does, right
   * before them. Undefined where it need not.
   */
  #describeFirst(portal: StatementPortal): Buffer | undefined {
    const { masking, shape, prepared } = portal;
    if (masking.passes || masking.returnsNothing) return undefined;
    const { batch } = this.#parts.pipeline;
    const known = ({ columns, askedIn }: RowShape): boolean => columns !== undefined || askedIn === batch;
    if (known(shape) || (describesItself(prepared) && known(prepared.shape))) return undefined;
    shape.askedIn = batch;
    this.#parts.walk.replies.push({ kind: 'describe', shape, own: true });
    return encodeDescribe('portal', portal.name);
  }

  /**
   * In a failed transaction nothing can run, whatever there is behind the name, and the server's words tell whether there
   * is anything: a failed Query leaves its own portal there.
   */
  #executeAbsent(name: string, wire: Buffer): Promise<void> | void {
    const { replies, context, up } = this.#parts.walk;
    if (replies.length > 0) return this.#parts.walk.answered().then(() => this.#executePortal(name, wire));
    if (context.transaction !== 'failed')
      return this.#parts.refusals.absent(encodeClose('portal', name), wire);
    this.#parts.pipeline.skipToSync();
    replies.push({ kind: 'absent', closed: true });
    this.#parts.walk.unsynced = true;
    up.release(wire);
  }
}
