/**
 * The prepared statements and portals of one session, under the server's rules for their names. The protocol's Parse
 * and SQL's PREPARE share one namespace (PostgreSQL 18, "PREPARE"); so do Bind's portals and SQL cursors.
 */
import type { DescribedStatement, StatementDescription } from '../../domain/statement.ts';
import type { Secret } from '../../domain/secret.ts';
import type { BindMessage } from '../../protocols/postgres/frontend.ts';
import type { ActionEvent } from './action-event.ts';
import type { Judgement } from './decider.ts';
import type { SessionMoment } from './holds/bound-approval.ts';
import type { RowShape } from './masking/row-shape.ts';
import type { StatementMasking } from './masking/statement-masking.ts';

export interface ParameterShape {
  /** Undefined until the server has answered a Describe. */
  types: readonly number[] | undefined;
}

export interface PreparedStatement {
  readonly kind: 'statement';
  readonly name: string;
  /** As described when it was prepared; what it means now is asked at each Bind. */
  readonly statement: DescribedStatement;
  /** Prepared by SQL's PREPARE: `statement.text` is that PREPARE's, its description what is inside. */
  readonly bySql: boolean;
  /** As its Parse declares them. */
  readonly parameterTypes: readonly number[];
  /** What the server has said of its parameters: the same object in every description of it. */
  readonly parameters: ParameterShape;
  /** What the server has said of its rows, in text format: the same object in every description of it. */
  readonly shape: RowShape;
}

/** `SET gatehouse.token`: the server never hears of it. */
export interface PreparedRenewal {
  readonly kind: 'renewal';
  readonly name: string;
  readonly token: Secret<string>;
}

export type Prepared = PreparedStatement | PreparedRenewal;

export interface StatementPortal {
  readonly kind: 'statement';
  readonly name: string;
  /** Described anew at Execute where the server looks names up only then. */
  prepared: PreparedStatement;
  readonly bind: BindMessage;
  /** When its Bind went on by an approval or a grant; undefined where it needed none, or an Execute has used it. */
  approvedAt: SessionMoment | undefined;
  /** The event that its Bind opened, or that a later Execute opened anew. */
  event: ActionEvent;
  executed: boolean;
  /** What it was decided under: another policy or context decides again at Execute. */
  decidedUnder: string;
  /** What was decided: an EXECUTE may have come to stand for another statement since. */
  judged: StatementDescription;
  /** What masking makes of it. */
  masking: StatementMasking;
  /** As it was judged last. */
  judgement: Judgement;
  /** It runs so that its commit can be held. */
  atCommit: boolean;
  /** Code of users has run since its Bind: another portal may have its name by now. */
  doubted: boolean;
  /** What the server has said of its rows, in the formats that it sends. */
  readonly shape: RowShape;
}

export interface RenewalPortal {
  readonly kind: 'renewal';
  readonly name: string;
  readonly prepared: PreparedRenewal;
}

export type Portal = StatementPortal | RenewalPortal;

/** Characters that a prepared statement keeps. Its parameter types are no more than its message's few bytes. */
export const preparedWeight = (prepared: Prepared): number =>
  prepared.kind === 'statement' ? prepared.statement.text.length + prepared.statement.recordText.length : 0;

/** Bytes that a portal keeps: parameters, whose values decide over it anew when it is run again. */
export function portalWeight(portal: Portal): number {
  let bytes = 0;
  if (portal.kind === 'statement') for (const value of portal.bind.values) bytes += 16 + (value?.length ?? 0);
  return bytes;
}

/** Types of a prepared statement's values as far as they are known; 0 for what is not. */
export const valueTypesOf = ({ parameterTypes, parameters }: PreparedStatement): readonly number[] =>
  parameters.types ?? parameterTypes;

const PLAIN_VERBS: ReadonlySet<string> = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'VALUES']);

/**
 * Whether the rows of every portal are what the Describe of the prepared statement says: not where it runs something
 * else by a name, or where its rows depend on settings.
 */
export const describesItself = ({ statement, bySql }: PreparedStatement): boolean =>
  !bySql && PLAIN_VERBS.has(statement.description.verb);
