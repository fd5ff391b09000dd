/**
 * The prepared statements and portals of one session, under the server's rules for their names. The protocol's Parse
 * and SQL's PREPARE share one namespace (PostgreSQL 18, "PREPARE"); so do Bind's portals and SQL cursors.
 */
import type { DescribedStatement, StatementDescription } from '../../domain/statement.ts';
import type { Secret } from '../../domain/secret.ts';
import type { BindMessage } from '../../protocols/postgres/frontend.ts';
import type { ActionEvent } from './action-event.ts';

export interface PreparedStatement {
  readonly kind: 'statement';
  readonly name: string;
  /** As described when it was prepared; what it means now is asked at each Bind. */
  readonly statement: DescribedStatement;
  /** Prepared by SQL's PREPARE: `statement.text` is that PREPARE's, its description what is inside. */
  readonly bySql: boolean;
  readonly parameterTypes: readonly number[];
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
  /** The event that its Bind opened, or that a later Execute opened anew. */
  event: ActionEvent;
  executed: boolean;
  /** What it was decided under: another policy or context decides again at Execute. */
  decidedUnder: string;
  /** What was decided: an EXECUTE may have come to stand for another statement since. */
  judged: StatementDescription;
}

export interface RenewalPortal {
  readonly kind: 'renewal';
  readonly name: string;
  readonly prepared: PreparedRenewal;
}

export type Portal = StatementPortal | RenewalPortal;
