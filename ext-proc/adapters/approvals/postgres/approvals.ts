/** Approvals as rows of PostgreSQL. Times are judged by the server's clock, within the statement that they decide. */
import type { ApprovalId } from '../../../domain/approvals/approval-request.ts';
import type { ApprovalState } from '../../../domain/approvals/approval-state.ts';
import {
  LEASE_MS,
  type ApprovalFilter,
  type Decided,
  type NewApproval,
  type Opened,
  type OpenLimits,
  type StoredApproval,
} from '../../../domain/approvals/approval-store.ts';
import type { Sealed } from '../../../domain/approvals/seals.ts';
import type { EventId, SessionId } from '../../../domain/ids.ts';
import {
  boundedName,
  boundedSealed,
  boundedSearchText,
  FINAL_KEPT_MAX,
  KEPT_MS,
  listed,
  PRUNED_AT_ONCE,
  searchWords,
  SWEPT_MAX,
} from '../bounds.ts';
import { storedApproval, type ApprovalRow } from '../stored-rows.ts';
import { CHANGES_CHANNEL } from './change-feed.ts';
import { insertNotifications } from './notifications.ts';
import { NOW } from './schema.ts';
import type { ApprovalsServer, Run } from './server.ts';

interface Row extends ApprovalRow {
  readonly decisions: readonly Sealed[];
}

const COLUMNS = `a.id, a.request_text AS text, a.request_seal AS seal, a.state, a.state_since_ms, a.why, a.released_by, a.repeats,
  (SELECT coalesce(json_agg(json_build_object('text', d.decision_text, 'seal', d.decision_seal) ORDER BY d.seq), '[]')
   FROM gatehouse_decision d WHERE d.id = a.id) AS decisions`;
const IS_OPEN = `a.state IN ('pending', 'approved')`;
const IS_LATE = `((a.state = 'pending' AND a.decide_by_ms <= ${NOW}) OR (a.state = 'approved' AND a.use_by_ms <= ${NOW}))`;
/** Limits are counted by one at a time, on whichever worker. */
const OPEN_LOCK = 7_166_002;

/** A change of state, and word of it to whoever listens. */
const told = (update: string): string =>
  `WITH done AS (${update} RETURNING a.id) SELECT id, pg_notify('${CHANGES_CHANNEL}', id) FROM done`;

const JOIN =
  told(`UPDATE gatehouse_approval a SET repeats = repeats + 1, changed_at_ms = ${NOW} WHERE a.id = (
  SELECT id FROM gatehouse_approval b WHERE b.action_digest = $2 AND b.principal = $1 AND b.mode = 'retry'
    AND b.state = 'pending' AND b.decide_by_ms > ${NOW} ORDER BY id DESC LIMIT 1) AND a.state = 'pending'`);

async function join(run: Run, { principal, actionDigest }: NewApproval): Promise<Opened | undefined> {
  const { rows } = await run<{ id: ApprovalId }>(JOIN, [boundedName(principal), actionDigest]);
  return rows[0] === undefined ? undefined : { kind: 'joined', id: rows[0].id };
}

export async function open(
  server: ApprovalsServer,
  approval: NewApproval,
  limits: OpenLimits,
): Promise<Opened> {
  boundedSealed(approval.request);
  // Whoever floods with the same waits for nobody else's turn.
  const joined = approval.mode === 'retry' ? await join(server.run, approval) : undefined;
  return joined ?? server.write((run) => openInTurn(run, approval, limits));
}

async function openInTurn(run: Run, approval: NewApproval, limits: OpenLimits): Promise<Opened> {
  await run('SELECT pg_advisory_xact_lock($1)', [OPEN_LOCK]);
  const joined = approval.mode === 'retry' ? await join(run, approval) : undefined;
  if (joined !== undefined) return joined;
  const principal = boundedName(approval.principal);
  const { rows } = await run<{ own: number; together: number }>(
    `SELECT count(*)::int AS together, (count(*) FILTER (WHERE a.principal = $1))::int AS own
     FROM gatehouse_approval a WHERE ${IS_OPEN} AND a.state = 'pending' AND a.decide_by_ms > ${NOW}`,
    [principal],
  );
  const { own, together } = rows[0] as { own: number; together: number };
  if (own >= limits.pendingPerPrincipal) return { kind: 'too-many', of: 'principal' };
  if (together >= limits.pendingMax) return { kind: 'too-many', of: 'all' };
  await run(
    `INSERT INTO gatehouse_approval (id, request_text, request_seal, mode, principal, upstream, action_digest,
       similar_key, session_id, created_at_ms, decide_by_ms, use_by_ms, search_text, state, state_since_ms, why, repeats,
       lease_until_ms, changed_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'pending', ${NOW}, '', 0,
       CASE WHEN $4 = 'wait' THEN ${NOW} + ${LEASE_MS} END, ${NOW})`,
    [
      approval.id,
      approval.request.text,
      approval.request.seal,
      approval.mode,
      principal,
      boundedName(approval.upstream),
      approval.actionDigest,
      boundedName(approval.similarKey),
      approval.sessionId,
      approval.createdAtMs,
      approval.decideByMs,
      approval.useByMs,
      boundedSearchText(approval.searchText),
    ],
  );
  await insertNotifications(run, approval.id, approval.notify, 'requested');
  await run('SELECT pg_notify($1, $2)', [CHANGES_CHANNEL, approval.id]);
  return { kind: 'opened' };
}

export async function get(run: Run, id: ApprovalId): Promise<StoredApproval | undefined> {
  const { rows } = await run<Row>(`SELECT ${COLUMNS} FROM gatehouse_approval a WHERE a.id = $1`, [id]);
  return rows.map(stored)[0];
}

export async function findForAction(
  run: Run,
  principal: string,
  actionDigest: string,
): Promise<StoredApproval | undefined> {
  const { rows } = await run<Row>(
    `SELECT ${COLUMNS} FROM gatehouse_approval a WHERE a.action_digest = $2 AND a.principal = $1 AND a.mode = 'retry' AND (
       (a.state = 'approved' AND a.use_by_ms > ${NOW}) OR (a.state IN ('pending', 'denied') AND a.decide_by_ms > ${NOW}))
     ORDER BY CASE a.state WHEN 'approved' THEN 0 WHEN 'pending' THEN 1 ELSE 2 END, a.id DESC LIMIT 1`,
    [boundedName(principal), actionDigest],
  );
  return rows.map(stored)[0];
}

export async function list(run: Run, filter: ApprovalFilter): Promise<readonly StoredApproval[]> {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const where = (condition: (parameter: string) => string, value: unknown): void => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  const { states, similarKey, principal, sessionId, before } = filter;
  if (states !== undefined) where((given) => `a.state = ANY (${given})`, states);
  if (similarKey !== undefined) {
    where(
      (given) => `md5(a.similar_key) = md5(${given}) AND a.similar_key = ${given}`,
      boundedName(similarKey),
    );
  }
  if (principal !== undefined) where((given) => `a.principal = ${given}`, boundedName(principal));
  if (sessionId !== undefined) where((given) => `a.session_id = ${given}`, sessionId);
  if (before !== undefined) where((given) => `a.id < ${given}`, before);
  for (const word of searchWords(filter)) where((given) => `strpos(a.search_text, ${given}) > 0`, word);
  const { rows } = await run<Row>(
    `SELECT ${COLUMNS} FROM gatehouse_approval a ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
     ORDER BY a.id DESC LIMIT $${values.length + 1}`,
    [...values, listed(filter.limit)],
  );
  return rows.map(stored);
}

/** In a transaction. */
export async function decide(
  run: Run,
  id: ApprovalId,
  reviewer: string,
  decision: Sealed,
  judge: (decisions: readonly Sealed[]) => 'pending' | 'approved' | 'denied',
): Promise<Decided> {
  const { text, seal } = boundedSealed(decision);
  const { rows } = await run<{ state: ApprovalState }>(
    'SELECT state FROM gatehouse_approval WHERE id = $1 FOR UPDATE',
    [id],
  );
  const state = rows[0]?.state;
  if (state === undefined) return { kind: 'unknown' };
  if (state !== 'pending') return { kind: 'closed', state };
  // The time is asked for now that nobody else has the row.
  const inTime = await run(`SELECT FROM gatehouse_approval WHERE id = $1 AND decide_by_ms > ${NOW}`, [id]);
  if (inTime.rowCount === 0) return { kind: 'closed', state: 'expired' };
  const added = await run(
    `INSERT INTO gatehouse_decision (id, reviewer, decision_text, decision_seal) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id, md5(reviewer)) DO NOTHING`,
    [id, boundedName(reviewer), text, seal],
  );
  if (added.rowCount === 0) return { kind: 'again' };
  const { rows: decisions } = await run<{ text: string; seal: string }>(
    'SELECT decision_text AS text, decision_seal AS seal FROM gatehouse_decision WHERE id = $1 ORDER BY seq',
    [id],
  );
  const judged = judge(decisions);
  await run(
    told(`UPDATE gatehouse_approval a SET state = $2, changed_at_ms = ${NOW},
      state_since_ms = CASE WHEN $2 = 'pending' THEN state_since_ms ELSE ${NOW} END WHERE a.id = $1`),
    [id, judged],
  );
  return { kind: 'decided', state: judged };
}

export async function release(run: Run, id: ApprovalId, eventId: EventId): Promise<boolean> {
  const { rows } = await run(
    told(`UPDATE gatehouse_approval a SET state = 'released', state_since_ms = ${NOW}, changed_at_ms = ${NOW},
      released_by = $2 WHERE a.id = $1 AND a.state = 'approved' AND a.use_by_ms > ${NOW}`),
    [id, eventId],
  );
  return rows.length > 0;
}

export async function cancel(run: Run, id: ApprovalId, why: string): Promise<boolean> {
  const { rows } = await run(
    told(`UPDATE gatehouse_approval a SET state = 'cancelled', state_since_ms = ${NOW}, changed_at_ms = ${NOW},
      why = $2 WHERE a.id = $1 AND ${IS_OPEN}`),
    [id, boundedName(why)],
  );
  return rows.length > 0;
}

export async function cancelSession(
  run: Run,
  sessionId: SessionId,
  why: string,
): Promise<readonly ApprovalId[]> {
  const { rows } = await run<{ id: ApprovalId }>(
    told(`UPDATE gatehouse_approval a SET state = 'cancelled', state_since_ms = ${NOW}, changed_at_ms = ${NOW},
      why = $2 WHERE a.session_id = $1 AND a.mode = 'wait' AND ${IS_OPEN}`),
    [sessionId, boundedName(why)],
  );
  return rows.map(({ id }) => id);
}

export async function keepAlive(run: Run, ids: readonly ApprovalId[]): Promise<void> {
  // A row that somebody else is changing is not waited for: two who each wait for the other's would both fail.
  await run(
    `UPDATE gatehouse_approval SET lease_until_ms = ${NOW} + ${LEASE_MS} WHERE id IN (
       SELECT a.id FROM gatehouse_approval a WHERE a.id = ANY ($1) AND a.mode = 'wait' AND ${IS_OPEN}
       FOR UPDATE SKIP LOCKED)`,
    [ids],
  );
}

export async function sweep(run: Run, leasesCount: boolean): Promise<readonly StoredApproval[]> {
  const { rows } = await run<Row>(
    `WITH ended AS (
       SELECT a.id FROM gatehouse_approval a WHERE ${IS_OPEN} AND (${IS_LATE} OR
         ($1 AND a.mode = 'wait' AND a.lease_until_ms <= ${NOW})) LIMIT ${SWEPT_MAX} FOR UPDATE SKIP LOCKED
     ), done AS (
       UPDATE gatehouse_approval a SET state_since_ms = ${NOW}, changed_at_ms = ${NOW},
         why = CASE WHEN ${IS_LATE} THEN 'GH_APPROVAL_EXPIRED' ELSE 'GH_APPROVAL_ABANDONED' END,
         state = CASE WHEN ${IS_LATE} THEN 'expired' ELSE 'abandoned' END
       FROM ended WHERE a.id = ended.id RETURNING ${COLUMNS}
     ) SELECT done.*, pg_notify('${CHANGES_CHANNEL}', done.id) FROM done`,
    [leasesCount],
  );
  return rows.map(stored);
}

/** Forgets what has long been over, some of it at a time. */
export async function prune(run: Run): Promise<void> {
  await run(
    `DELETE FROM gatehouse_approval WHERE id IN (
       SELECT a.id FROM gatehouse_approval a WHERE NOT (${IS_OPEN}) AND a.state_since_ms < greatest(${NOW} - ${KEPT_MS},
         (SELECT b.state_since_ms FROM gatehouse_approval b WHERE b.state NOT IN ('pending', 'approved')
          ORDER BY b.state_since_ms DESC OFFSET ${FINAL_KEPT_MAX} LIMIT 1))
       ORDER BY a.state_since_ms LIMIT ${PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
  );
}

const stored = (row: Row): StoredApproval => storedApproval(row, row.decisions);
