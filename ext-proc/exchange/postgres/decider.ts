/**
 * Describe's result in, a decision and its record out. Owns how a PostgreSQL action is put to policy and to the
 * journal, and where a decision may be used again: only where policy itself cannot tell the two inputs apart.
 */
import type { Outcome, Receipt } from '../../domain/audit-event.ts';
import { encodeDecidedConstant, encodeDecidedWith, encodeStatement } from '../../domain/audit-line.ts';
import { gateDenial, type Decision } from '../../domain/decision.ts';
import { asEventId, uuidV7, type EventId } from '../../domain/ids.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { PolicyInput, PolicyParameter, PostgresActionKind } from '../../domain/policy-input.ts';
import type { DescribedStatement, StatementDescription } from '../../domain/statement.ts';
import type { BindMessage } from '../../protocols/postgres/frontend.ts';
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import { actionDigest, canonicalContext, type ActionContent } from './action-digest.ts';
import { ActionEvent } from './action-event.ts';
import type { PostgresGate } from './gate.ts';
import type { SessionMasking, UnrecordedLiterals } from './masking/session-masking.ts';
import { withoutLiterals } from '../../protocols/postgres/sql/record-text.ts';
import { hasSameWords } from '../../protocols/postgres/sql/same-words.ts';
import type { StatementMasking } from './masking/statement-masking.ts';
import type { SessionContext } from './session-context.ts';

const PARAMETER_CHARACTERS_MAX = 8_192;
const CACHED_DECISIONS_MAX = 1_000;

/** What is recorded of an action. */
export interface JudgedAction {
  readonly kind: PostgresActionKind;
  readonly statement: DescribedStatement;
  readonly decision: Decision;
  readonly digest: string;
}

export interface ShownText {
  readonly text: string;
  /** What of it is not shown, whatever detectors find. */
  readonly unrecorded: UnrecordedLiterals;
  /** All that it does can be seen: what is masked in it is values, and none of its words. */
  readonly whole: boolean;
}

export interface Judgement extends JudgedAction {
  readonly masking: StatementMasking;
}

/** What the record of an action says of the approval that it was asked for by. */
export interface RecordedApproval {
  /** Undefined: the action gets an id of its own. */
  readonly eventId: EventId | undefined;
  /** Undefined where none could be asked for. */
  readonly approvalId: ApprovalId | undefined;
  readonly details: Readonly<Record<string, string>>;
}

export interface Recorded {
  readonly event: ActionEvent;
  readonly receipt: Promise<Receipt>;
}

interface CachedDecision {
  readonly decision: Decision;
  readonly masking: StatementMasking;
  /** Encoded: what is the same in every record of this description under one context and bundle. */
  readonly constant: string;
  readonly unrecorded: UnrecordedLiterals;
}

export class Decider {
  readonly #gate: PostgresGate;
  readonly #context: SessionContext;
  readonly #masking: SessionMasking;
  readonly #cache = new Map<PostgresActionKind, Map<StatementDescription, CachedDecision>>();
  #under = '';
  #bundleHash = '';
  #version = -1;
  /** Where marks were looked up. */
  #catalogue: string | undefined;
  #cached = 0;
  #textMatters = true;
  #parametersMatter = true;
  #canonical: Uint8Array | undefined;
  #canonicalVersion = -1;

  constructor(gate: PostgresGate, context: SessionContext, masking: SessionMasking) {
    this.#gate = gate;
    this.#context = context;
    this.#masking = masking;
  }

  /** Names everything outside the action itself that a decision is made under. */
  get under(): string {
    const { bundleHash } = this.#gate.policy;
    const { version } = this.#context;
    const catalogue = this.#masking.version;
    if (bundleHash !== this.#bundleHash || version !== this.#version || catalogue !== this.#catalogue) {
      this.#bundleHash = bundleHash;
      this.#version = version;
      this.#catalogue = catalogue;
      this.#under = `${bundleHash}/${version}/${catalogue}`;
      this.#masking.forget();
      this.#cache.clear();
      this.#cached = 0;
      this.#textMatters = this.#gate.policy.dependsOn('action.statement.text');
      this.#parametersMatter = this.#gate.policy.dependsOn('action.parameters');
    }
    return this.#under;
  }

  judge(
    kind: PostgresActionKind,
    statement: DescribedStatement,
    parameterTypes: readonly number[],
    bind: BindMessage | undefined,
  ): Judgement {
    const { decision, masking } = this.#cachedDecision(kind, statement, parameterTypes, bind);
    this.#gate.metrics.decided(this.#context.identity.upstreamName, decision.verdict);
    const digest = actionDigest(this.#canonicalContext(), {
      kind,
      text: statement.text,
      parameterTypes,
      bind,
    });
    return { kind, statement, decision, digest, masking };
  }

  /**
   * Appends the `decided` record. With `outcome` the record is the whole story and the event is over (a denial, a
   * statement that was not run because its neighbour was denied).
   */
  record(
    judgement: JudgedAction,
    outcome?: Outcome,
    errorCode?: string,
    approval?: RecordedApproval,
  ): Recorded {
    const { kind, statement, decision, digest } = judgement;
    const { clock, journal } = this.#gate;
    const eventId = approval?.eventId ?? this.newEventId();
    const { sessionId } = this.#context.identity;
    const cached = this.#cache.get(kind)?.get(statement.description);
    // The gate may have made a denial of what policy allowed.
    const constant =
      cached?.decision === decision ? cached.constant : this.#constant(kind, statement, decision);
    const unrecorded =
      cached?.decision === decision
        ? cached.unrecorded
        : this.#masking.unrecorded(statement.description, decision);
    const { length } = statement.recordText;
    const runs = decision.verdict === 'allow' || (decision.verdict === 'hold' && outcome === undefined);
    const revealed = runs ? revealedBy(decision) : undefined;
    const known = approval === undefined ? revealed : { ...approval.details, ...revealed };
    const members = encodeDecidedWith(constant, {
      time: clock.nowMs(),
      event_id: eventId,
      session_id: sessionId,
      action_digest: digest,
      ...(approval?.approvalId === undefined ? undefined : { approval_id: approval.approvalId }),
      outcome,
      error_code: errorCode,
      statement:
        kind === 'postgres.execute'
          ? this.#encodedStatement(statement, unrecorded)
          : this.#encodeStatement(statement, unrecorded),
      details:
        length > LIMITS.recordTextCharactersMax ? { ...known, statement_characters: String(length) } : known,
    });
    return {
      event: new ActionEvent(eventId, sessionId, clock.monotonicMs()),
      receipt: journal.appendEncoded(
        { type: 'decided', event_id: eventId, session_id: sessionId, outcome },
        members,
      ),
    };
  }

  /** SHA-256, hex, of the canonical form of an action of this session, as it is now. */
  digestOf(content: ActionContent): string {
    return actionDigest(this.#canonicalContext(), content);
  }

  /** What a reviewer is shown of a statement's text: what the record holds of it, all of it. */
  shownText(judgement: JudgedAction): ShownText {
    const { statement, decision } = judgement;
    const unrecorded = this.#masking.unrecorded(statement.description, decision);
    const text = this.#recordedText(statement, unrecorded);
    return { text, unrecorded, whole: hasSameWords(statement.text, text) };
  }

  newEventId(): EventId {
    return asEventId(uuidV7(this.#gate.clock.nowMs(), this.#gate.random(10)));
  }

  #cachedDecision(
    kind: PostgresActionKind,
    statement: DescribedStatement,
    parameterTypes: readonly number[],
    bind: BindMessage | undefined,
  ): CachedDecision {
    void this.under;
    const reusable = !this.#textMatters && (bind === undefined || !this.#parametersMatter);
    let decisions = this.#cache.get(kind);
    if (reusable) {
      const hit = decisions?.get(statement.description);
      if (hit !== undefined) return hit;
    }
    const started = this.#gate.clock.monotonicMs();
    const policy = this.#decide(kind, statement, parameterTypes, bind);
    const masking = this.#masking.of(statement.description, policy);
    const { denial } = masking;
    const decision =
      policy.verdict !== 'deny' && denial !== undefined
        ? gateDenial(denial.rule, denial.reason, policy.bundleHash)
        : policy;
    this.#gate.metrics.stage('decide', this.#gate.clock.monotonicMs() - started);
    const made: CachedDecision = {
      decision,
      masking,
      constant: this.#constant(kind, statement, decision),
      unrecorded: this.#masking.unrecorded(statement.description, policy),
    };
    if (reusable) {
      if (this.#cached >= CACHED_DECISIONS_MAX) {
        this.#cache.clear();
        this.#cached = 0;
        decisions = undefined;
      }
      if (decisions === undefined) this.#cache.set(kind, (decisions = new Map()));
      decisions.set(statement.description, made);
      const { relations, columns, functions } = statement.description;
      // A long description takes the room of many: each is kept as long as its decision is.
      this.#cached += 1 + ((relations.length + columns.length + functions.length) >> 5);
    }
    return made;
  }

  #decide(
    kind: PostgresActionKind,
    statement: DescribedStatement,
    parameterTypes: readonly number[],
    bind: BindMessage | undefined,
  ): Decision {
    const input: PolicyInput = {
      version: 1,
      principal: this.#context.policyPrincipal,
      upstream: this.#context.policyUpstream,
      session: this.#context.policySession,
      action: {
        kind,
        statement: { ...statement.description, text: statement.text },
        ...(bind === undefined ? undefined : { parameters: policyParameters(parameterTypes, bind) }),
      },
    };
    return this.#gate.policy.decide(input);
  }

  #constant(kind: PostgresActionKind, statement: DescribedStatement, decision: Decision): string {
    const { description } = statement;
    return encodeDecidedConstant({
      ...sessionFields(this.#context),
      action_kind: kind,
      ...decisionFields(decision),
      // Rules name what the statement names, which may be anything.
      reason: this.#gate.masking.masker.maskRecordText(decision.reason),
      verbs: description.verbs,
      tables: description.relations.map(({ qualified, kind: known }) =>
        known === 'unknown' ? this.#gate.masking.masker.maskRecordText(qualified) : qualified,
      ),
      fingerprint: description.fingerprint,
    });
  }

  #encodedStatement(statement: DescribedStatement, unrecorded: UnrecordedLiterals): string {
    const known = encodedStatements.get(statement);
    if (known?.unrecorded === unrecorded) return known.encoded;
    const encoded = this.#encodeStatement(statement, unrecorded);
    encodedStatements.set(statement, { unrecorded, encoded });
    return encoded;
  }

  /**
   * What the record holds of a text: literals that detectors find are masked in it, whoever may see them, and those that
   * go into marked columns are left out (I3).
   */
  #encodeStatement(statement: DescribedStatement, unrecorded: UnrecordedLiterals): string {
    const max = LIMITS.recordTextCharactersMax;
    const masked = this.#recordedText(statement, unrecorded);
    return encodeStatement(masked.length > max ? masked.slice(0, max) : masked);
  }

  #recordedText({ recordText }: DescribedStatement, unrecorded: UnrecordedLiterals): string {
    const kept =
      unrecorded === 'none'
        ? recordText
        : withoutLiterals(recordText, unrecorded === 'texts' ? 'kept' : 'removed');
    return this.#gate.masking.masker.maskRecordText(kept);
  }

  #canonicalContext(): Uint8Array {
    if (this.#canonical === undefined || this.#canonicalVersion !== this.#context.version) {
      this.#canonical = canonicalContext(this.#context);
      this.#canonicalVersion = this.#context.version;
    }
    return this.#canonical;
  }
}

/** What policy shows this principal of what is masked for others, in its own words; undefined where that is nothing. */
function revealedBy({ obligations }: Decision): Record<string, string> | undefined {
  let revealed: Record<string, string> | undefined;
  for (const obligation of obligations) {
    if (obligation.kind !== 'reveal' && obligation.kind !== 'reveal_found') continue;
    const [name, words] =
      obligation.kind === 'reveal' ? ['revealed', obligation.columns] : ['revealed_found', obligation.kinds];
    revealed ??= {};
    const before = revealed[name];
    revealed[name] = before === undefined ? words.join(' ') : `${before} ${words.join(' ')}`;
  }
  return revealed;
}

/** A prepared statement is recorded each time it is bound. */
const encodedStatements = new WeakMap<
  DescribedStatement,
  { readonly unrecorded: UnrecordedLiterals; readonly encoded: string }
>();

/** The fields of a record that say whose session it is. */
export function sessionFields(context: SessionContext) {
  const { identity } = context;
  return {
    session_id: identity.sessionId,
    principal_subject: identity.principal.subject,
    on_behalf_of: identity.principal.onBehalfOf ?? '',
    issuer: identity.principal.issuer,
    groups: identity.principal.groups,
    client_address: identity.clientAddress,
    upstream: identity.upstreamName,
    protocol: 'postgres',
    database: identity.database,
    role: context.role,
  } as const;
}

export function decisionFields(decision: Decision) {
  return {
    decision: decision.verdict,
    rule: decision.rule,
    reason: decision.reason,
    report_only: decision.reportOnly.map((finding) => finding.rule),
    policy_bundle: decision.bundleHash,
  } as const;
}

function policyParameters(types: readonly number[], bind: BindMessage): readonly PolicyParameter[] {
  const { values, parameterFormats } = bind;
  return values.map((value, index) => {
    const code = parameterFormats.length === 1 ? parameterFormats[0] : (parameterFormats[index] ?? 0);
    const format = code === 1 ? 'binary' : 'text';
    const text =
      value === null
        ? null
        : value.toString(format === 'binary' ? 'base64' : 'utf8', 0, PARAMETER_CHARACTERS_MAX);
    return {
      type_oid: types[index] ?? 0,
      format,
      value: text,
      truncated: value !== null && value.length > PARAMETER_CHARACTERS_MAX,
    };
  });
}
