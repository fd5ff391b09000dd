/**
 * Execute: a portal runs under the decision of its Bind, and under a new one where anything that was decided on is
 * another by now.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Extended Query".
 */
import type { Receipt } from '../../../domain/audit-event.ts';
import type { DescribedStatement } from '../../../domain/statement.ts';
import { decodeExecute } from '../../../protocols/postgres/frontend.ts';
import { encodeClose, encodeDescribe } from '../../../protocols/postgres/frontend-encoders.ts';
import { endsTransaction, looksUpLate } from '../effects.ts';
import type { Judgement, RecordedApproval } from '../decider.ts';
import { outlivesApproval } from '../holds/bound-approval.ts';
import { AT_COMMIT } from '../holds/commit-holds.ts';
import { heldStatement } from '../holds/held-statement.ts';
import { UNASKED, type JudgedText } from '../holds/judged-text.ts';
import type { RowShape } from '../masking/row-shape.ts';
import { describesItself, valueTypesOf, type PreparedStatement, type StatementPortal } from '../prepared.ts';
import type { CurrentMeanings } from '../sql-prepared.ts';
import type { FrontendParts } from './frontend-parts.ts';
import { NO_MEANINGS } from './statement-meanings.ts';

/** A portal as it would be run. */
interface Run {
  readonly portal: StatementPortal;
  readonly statement: DescribedStatement;
  /** Undefined: it runs as its Bind was decided. */
  readonly judgement: Judgement | undefined;
}

type Act = (run: Run) => Promise<void> | void;

export class ExtendedExecute {
  readonly #parts: FrontendParts;

  constructor(parts: FrontendParts) {
    this.#parts = parts;
  }

  /** A promise where it has to wait for something; what it does is done when that resolves. */
  execute(wire: Buffer): Promise<void> | void {
    const execute = decodeExecute(wire);
    if (!execute.ok) return this.#parts.refusals.undecodable(execute.code, false);
    return this.#judge(execute.portal, wire, (run) => this.#act(run, wire));
  }

  /** Judges what it runs, where that has to be judged anew, and hands it on. */
  #judge(name: string, wire: Buffer, act: Act): Promise<void> | void {
    if (this.#parts.walk.serverSkipping) return;
    const { portals } = this.#parts.walk;
    const { batch } = this.#parts.pipeline;
    const portal = portals.get(name);
    if (
      portals.uncertain(name, batch) ||
      (portal?.kind === 'statement' && this.#parts.sqlPrepared.uncertain([portal.prepared.statement], batch))
    ) {
      return this.#parts.walk.answered().then(() => this.#judge(name, wire, act));
    }
    if (portal === undefined) return this.#executeAbsent(name, wire, act);
    if (portal.kind === 'renewal') return this.#parts.renewals.execute(portal.prepared);
    const executed = this.#parts.sqlPrepared.executed([portal.prepared.statement]);
    if (executed.length > 0) {
      return this.#parts.meanings.meaningsNow(executed).then((now) => this.#decide(portal, act, now));
    }
    if (looksUpLate(portal.prepared.statement.description)) {
      const again = this.#parts.meanings.describedAgain(portal.prepared);
      const run = (prepared: PreparedStatement): Promise<void> | void => {
        portal.prepared = prepared;
        return this.#decide(portal, act, NO_MEANINGS);
      };
      return again instanceof Promise ? again.then(run) : run(again);
    }
    return this.#decide(portal, act, NO_MEANINGS);
  }

  #decide(portal: StatementPortal, act: Act, current: CurrentMeanings): Promise<void> | void {
    if (this.#parts.walk.serverSkipping) return;
    const { walk } = this.#parts;
    const { prepared, bind } = portal;
    const resolved = this.#parts.sqlPrepared.resolveOne(prepared.statement, current);
    const statement = this.#parts.sqlPrepared.ofPortal(resolved, portal);
    // Run again, or under another policy, context or meaning than its Bind was, or kept: decided again.
    const again =
      portal.event.ended ||
      portal.decidedUnder !== walk.decider.under ||
      portal.judged !== statement.description ||
      outlivesApproval(portal, () => walk.moment);
    return act({
      portal,
      statement,
      judgement: again
        ? walk.decider.judge('postgres.execute', statement, prepared.parameterTypes, bind)
        : undefined,
    });
  }

  #judged({ portal }: Run, judgement: Judgement): JudgedText {
    const { prepared, bind } = portal;
    return {
      protocol: 'extended',
      kind: 'postgres.execute',
      text: prepared.statement.text,
      parameterTypes: prepared.parameterTypes,
      valueTypes: valueTypesOf(prepared),
      bind,
      judgements: [judgement],
      executes: this.#parts.sqlPrepared.executed([prepared.statement]),
    };
  }

  #act(run: Run, wire: Buffer): Promise<void> | void {
    const { walk, holds, commits, refusals } = this.#parts;
    const { portal } = run;
    const judgement = run.judgement ?? portal.judgement;
    if (judgement.decision.verdict === 'allow' && !walk.block.active) return this.#forward(run, wire);
    const judged = this.#judged(run, judgement);
    const verdict = run.judgement?.decision.verdict ?? 'allow';
    if (verdict === 'deny' || (verdict === 'hold' && !holds.available))
      return refusals.denyExtended(run.judgement as Judgement);
    const plan = commits.plan(judged);
    switch (plan) {
      case 'pass':
        if (verdict === 'hold') return this.#hold(portal, wire);
        return this.#forward(run, wire, undefined, portal.atCommit && run.judgement === undefined);
      case 'run':
      case 'try':
        return this.#forward(run, wire, AT_COMMIT, true);
      case 'commit':
        return commits.commit(
          judged,
          ({ judgements: [now] }, approval) =>
            this.#forward(approval === undefined ? run : { ...run, judgement: now }, wire, approval),
          // Its Bind was agreed to otherwise.
          verdict === 'hold' ? () => this.#hold(portal, wire) : undefined,
        );
      default:
        return refusals.held(judged, plan, 'denied', UNASKED);
    }
  }

  #hold(portal: StatementPortal, wire: Buffer): Promise<void> {
    const { walk, holds, commits, refusals } = this.#parts;
    return holds.hold({
      judge: async () => {
        let found: Run | undefined;
        await this.#judge(portal.name, wire, (now) => {
          found = now;
        });
        // A portal whose Bind was let go on meanwhile is none that was asked about.
        if (found?.judgement === undefined) return undefined;
        const latest: Run = found;
        const judged = this.#judged(latest, found.judgement);
        const forward = (now: JudgedText, approval: RecordedApproval | undefined, run = false): void =>
          this.#forward({ ...latest, judgement: now.judgements[0] }, wire, approval, run);
        return heldStatement(walk, refusals, judged, {
          deny: ({ judgements: [denied] }) => refusals.denyExtended(denied as Judgement),
          forward,
          run:
            typeof commits.mayRun(judged) === 'string' ? (now) => forward(now, AT_COMMIT, true) : undefined,
        });
      },
    });
  }

  /** `atCommit`: it runs so that its commit can be held. */
  #forward(run: Run, wire: Buffer, approval?: RecordedApproval, atCommit = false): void {
    const { portal, statement, judgement } = run;
    const { decider, replies, up } = this.#parts.walk;
    let receipt: Promise<Receipt> | undefined;
    if (judgement !== undefined) {
      const recorded = decider.record(judgement, undefined, undefined, approval);
      this.#parts.walk.endEvent(portal.event, portal.executed ? 'ok' : 'not_run');
      portal.event = recorded.event;
      receipt = recorded.receipt;
      portal.decidedUnder = decider.under;
      portal.judged = statement.description;
      portal.masking = judgement.masking;
      portal.judgement = judgement;
      portal.atCommit = atCommit;
    }
    portal.executed = true;
    portal.approvedAt = undefined;
    portal.event.bytesIn += wire.length;
    const { batch } = this.#parts.pipeline;
    this.#parts.copies.forwarded([statement], [portal.event]);
    this.#parts.pipeline.forwarded(statement, batch, portal.name);
    this.#parts.sqlPrepared.forwarded(statement.description, portal);
    if (atCommit || this.#parts.walk.block.active) {
      const judged = this.#judged(run, portal.judgement);
      this.#parts.commits.forwarded(judged, portal.judgement, portal.event, atCommit);
    }
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
  #executeAbsent(name: string, wire: Buffer, act: Act): Promise<void> | void {
    const { replies, context, up } = this.#parts.walk;
    if (replies.length > 0) return this.#parts.walk.answered().then(() => this.#judge(name, wire, act));
    if (context.transaction !== 'failed')
      return this.#parts.refusals.absent(encodeClose('portal', name), wire);
    this.#parts.pipeline.skipToSync();
    replies.push({ kind: 'absent', closed: true });
    this.#parts.walk.unsynced = true;
    up.release(wire);
  }
}
