/** The commit of what has run as something that is held: with the real counts of rows, and what cannot be promised. */
import { createHash } from 'node:crypto';
import type { Outcome, Receipt } from '../../../domain/audit-event.ts';
import { canonicalForm } from '../../../domain/canonical.ts';
import type { Decision } from '../../../domain/decision.ts';
import type { HoldTerms } from '../../../domain/approvals/hold-terms.ts';
import type { HeldAction } from '../../approvals/held-action.ts';
import type { Judgement, JudgedAction, Recorded, RecordedApproval } from '../decider.ts';
import { refusalResponse } from '../denial.ts';
import { CODE_TRAITS } from '../effects.ts';
import { COMMIT_STATEMENT } from '../gate-statements.ts';
import type { SessionWalk } from '../session-walk.ts';
import type { RanStatement } from './commit-block.ts';
import { meaningDigest, usedRelations } from './held-meaning.ts';
import { grantedBy } from './held-statement.ts';
import type { AskedUnder, HeldThing } from './held-thing.ts';
import type { JudgedText } from './judged-text.ts';
import { ownDefinitions, type OwnDefinitions } from './own-definitions.ts';
import { POLICY_CHANGED } from './refused-outright.ts';
import { inWords, PARTLY, shownAction } from './shown-action.ts';

/** How a commit goes on, or does not. */
export interface CommitWays {
  /** The COMMIT itself as it was judged; undefined of a Sync and of a statement that is a transaction by itself. */
  readonly judgement: Judgement | undefined;
  /** Policy holds the COMMIT itself, and nobody has agreed to that yet: no grant of what has run covers it. */
  readonly holdsItself: boolean;
  /** Lets it commit. `judged` is what its record says. */
  readonly commit: (judged: JudgedAction, approval: RecordedApproval) => void;
  /** Has the server roll back, and the client told. */
  readonly rollBack: (response: Buffer, receipt: Promise<Receipt>, outcome: Outcome, code: string) => void;
}

/** `statements`: at least one. */
export function heldCommit(
  walk: SessionWalk,
  statements: readonly RanStatement[],
  { judgement, holdsItself, commit, rollBack }: CommitWays,
): HeldThing {
  const [first] = statements as readonly [RanStatement];
  const ofCommit = (digest: string): JudgedAction => ({
    kind: judgement?.kind ?? first.judgement.kind,
    statement: judgement?.statement ?? COMMIT_STATEMENT,
    decision: first.judgement.decision,
    digest,
  });
  const held: HoldTerms[] = statements.flatMap((each) => each.judgement.decision.hold ?? []);
  const itself = holdsItself ? judgement?.decision : undefined;
  const own = itself?.hold === undefined ? [] : [itself.hold];
  return {
    verdict: 'hold',
    terms: [...held, ...own].map((terms) => ({ ...terms, stage: 'commit' })),
    refusedOutright: () => {
      const { bundleHash } = walk.gate.policy;
      const same = statements.every((each) => each.judgement.decision.bundleHash === bundleHash);
      return same ? undefined : POLICY_CHANGED;
    },
    action: (under) => commitAction(walk, statements, itself, under),
    granted: async (under, action) =>
      holdsItself ? undefined : await allGranted(walk, statements, under, action),
    run: () => undefined,
    deny: () => undefined,
    refuse: (refusal, outcome, approval) => {
      const recorded: Recorded = walk.decider.record(
        ofCommit(commitDigest(statements)),
        outcome,
        refusal.code,
        withEvents(approval, statements),
      );
      // The session may be over: then nothing waits for the record.
      walk.keep(recorded.receipt);
      rollBack(
        refusalResponse('ERROR', refusal, recorded.event.eventId),
        recorded.receipt,
        outcome,
        refusal.code,
      );
    },
    forward: (approval) => {
      if (approval !== undefined)
        commit(ofCommit(commitDigest(statements)), withEvents(approval, statements));
    },
  };
}

/** An auditor finds what was committed by these. */
const EVENTS_MAX = 100;
const withEvents = (approval: RecordedApproval, statements: readonly RanStatement[]): RecordedApproval => ({
  ...approval,
  details: {
    ...approval.details,
    committed_events: statements
      .slice(0, EVENTS_MAX)
      .map(({ event }) => event.eventId)
      .join(' '),
    ...Object.fromEntries(rowCounts(statements)),
  },
});

/** Every grant covers its own statement, for as many rows as that has really changed. */
async function allGranted(
  walk: SessionWalk,
  statements: readonly RanStatement[],
  { eventId }: AskedUnder,
  action: HeldAction,
): Promise<RecordedApproval | undefined> {
  const { approvals } = walk.gate;
  let approval: RecordedApproval | undefined;
  for (const statement of statements) {
    const { decision } = statement.judgement;
    if (approvals === undefined || decision.hold?.grant === undefined) return undefined;
    if (!walk.context.settings.certain || ownOf(walk, [statement]).length > 0) return undefined;
    const own = {
      ...action,
      rule: decision.rule,
      terms: decision.hold,
      actionDigest: statement.actionDigest,
      meaningDigest: await meaningOf(walk, [statement]),
      similarKey: statement.similarKey,
    };
    const granted = await grantedBy(approvals, own, rowsChanged(statement));
    if (granted === undefined) return undefined;
    approval ??= { ...granted, eventId };
  }
  return approval;
}

const DIRECT: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** Undefined where the server's count is not the whole of it. */
function rowsChanged({ judgement, event }: RanStatement): number | undefined {
  const { verbs, traits, functions } = judgement.statement.description;
  const written = verbs.filter((verb) => verb !== 'EXECUTE' && verb !== 'SELECT');
  const code =
    traits.some((trait) => CODE_TRAITS.has(trait)) || functions.some(({ schema }) => schema !== 'pg_catalog');
  return event.counted && !code && written.length === 1 && DIRECT.has(written[0] as string)
    ? event.rows
    : undefined;
}

/** Real counts, by what was done to which table. */
function rowCounts(statements: readonly RanStatement[]): (readonly [string, string])[] {
  const found = new Map<string, { rows: number; counted: boolean }>();
  for (const { judgement, event } of statements) {
    const words = inWords(judgement.statement.description);
    const before = found.get(words) ?? { rows: 0, counted: true };
    found.set(words, { rows: before.rows + event.rows, counted: before.counted && event.counted });
  }
  return [...found].map(
    ([words, { rows, counted }]) => [`rows: ${words}`, counted ? String(rows) : `${rows} at least`] as const,
  );
}

/** Of one statement it is that statement's own: a grant for it covers it again. */
function commitDigest(statements: readonly RanStatement[]): string {
  const [only, ...others] = statements as readonly [RanStatement, ...RanStatement[]];
  if (others.length === 0) return only.actionDigest;
  const form = canonicalForm('postgres-commit/1', [
    ['statements', statements.map(({ actionDigest }) => actionDigest)],
  ]);
  return createHash('sha256').update(form).digest('hex');
}

const judgedOf = (statements: readonly RanStatement[]): JudgedText => ({
  protocol: 'simple',
  kind: statements[0]?.judgement.kind === 'postgres.execute' ? 'postgres.execute' : 'postgres.query',
  text: '',
  parameterTypes: [],
  valueTypes: [],
  bind: undefined,
  judgements: statements.map(({ judgement }) => judgement),
  executes: [],
});

/** Of all that has run, and of what the commit itself may run: deferred triggers are looked up only then. */
const ownOf = (walk: SessionWalk, statements: readonly RanStatement[]): readonly OwnDefinitions[] =>
  ownDefinitions(judgedOf(statements), walk.own);

async function meaningOf(walk: SessionWalk, statements: readonly RanStatement[]): Promise<string> {
  const { gate, context } = walk;
  const { upstreamName, database } = context.identity;
  const judged = judgedOf(statements);
  const fingerprint = await gate.meanings.fingerprint(upstreamName, database, usedRelations(judged));
  return meaningDigest(judged, context, { fingerprint, own: ownOf(walk, statements) });
}

async function commitAction(
  walk: SessionWalk,
  statements: readonly RanStatement[],
  itself: Decision | undefined,
  { terms, mode, eventId }: AskedUnder,
): Promise<HeldAction> {
  const { gate, context, decider } = walk;
  const { identity } = context;
  const [first, ...others] = statements as readonly [RanStatement, ...RanStatement[]];
  const decisions = statements.map(({ judgement }) => judgement.decision);
  const judged = judgedOf(statements);
  const meaning = await meaningOf(walk, statements);
  const mask = (text: string): string => gate.masking.masker.maskRecordText(text);
  const view = shownAction(judged, {
    context,
    decider,
    masker: gate.masking.masker,
    lookup: gate.masking.types(identity.upstreamName, identity.database),
    inTransaction: true,
    own: ownOf(walk, statements),
    partly: statements.some(({ shown }) => shown.parameters.some(({ state }) => PARTLY.has(state))),
    parameters: others.length === 0 ? first.shown.parameters : undefined,
    facts: [
      ...rowCounts(statements).map(([name, value]) => [mask(name), value] as const),
      ...(others.length === 0 ? [] : valueFacts(statements)),
    ],
    warnings: WARNINGS,
  });
  return {
    eventId,
    sessionId: identity.sessionId,
    principal: identity.principal,
    clientAddress: identity.clientAddress,
    upstream: identity.upstreamName,
    protocol: 'postgres',
    rule: [...new Set([...decisions, itself ?? first.judgement.decision].map(({ rule }) => rule))].join(', '),
    reason: mask(first.judgement.decision.reason),
    bundleHash: gate.policy.bundleHash,
    terms,
    mode,
    actionDigest: commitDigest(statements),
    meaningDigest: meaning,
    similarKey: others.length === 0 ? first.similarKey : '',
    inTransaction: true,
    tokenExpiresAtMs: undefined,
    view: {
      ...view,
      words: `COMMIT after ${view.words}`,
      payload: statements.map(({ shown }) => shown.payload).join(';\n'),
    },
  };
}

/**
 * Values of several statements, each by its number: in the payload, which a client wrote, one could pass for another, or
 * for something that runs.
 */
export const valueFacts = (
  statements: readonly Pick<RanStatement, 'shown'>[],
): (readonly [string, string])[] =>
  statements.flatMap(({ shown }, at) =>
    shown.parameters.map(
      ({ state, text }, index) =>
        [`statement ${at + 1}: $${index + 1}`, state === 'shown' ? JSON.stringify(text) : text] as const,
    ),
  );

const WARNINGS: readonly string[] = [
  'It has run already, and waits for its commit: the rows are counted, and locked until this is decided.',
  'Deferred constraints and triggers are looked at only by the commit, which may still fail.',
  'Sequences that it has advanced are not set back when it is denied.',
  'Triggers have run; what they did outside the database is done. Notifications are sent when it commits.',
  'What policy allows by itself in the same transaction commits with it.',
];
