/**
 * The prepared statements and portals of one session, under the server's rules for their names. The protocol's Parse
 * and SQL's PREPARE share one namespace (PostgreSQL 18, "PREPARE"); so do Bind's portals and SQL cursors.
 */
import type { DescribedStatement } from '../../domain/statement.ts';
import type { Secret } from '../../domain/secret.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { BindMessage } from '../../protocols/postgres/frontend.ts';
import type { ActionEvent } from './action-event.ts';

export interface PreparedStatement {
  readonly kind: 'statement';
  readonly name: string;
  readonly statement: DescribedStatement;
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
  readonly prepared: PreparedStatement;
  readonly bind: BindMessage;
  /** The event that its Bind opened, or that a later Execute opened anew. */
  event: ActionEvent;
  executed: boolean;
  /** What it was decided under: another policy or context decides again at Execute. */
  decidedUnder: string;
}

export interface RenewalPortal {
  readonly kind: 'renewal';
  readonly name: string;
  readonly prepared: PreparedRenewal;
}

export type Portal = StatementPortal | RenewalPortal;

export class PreparedStatements {
  readonly #statements = new Map<string, Prepared>();

  get(name: string): Prepared | undefined {
    return this.#statements.get(name);
  }

  /** Returns what the name stood for, so that a failed Parse can restore it; false where there are too many. */
  set(prepared: Prepared): { previous: Prepared | undefined } | false {
    const previous = this.#statements.get(prepared.name);
    if (previous === undefined && this.#statements.size >= LIMITS.preparedStatementsMax) return false;
    this.#statements.set(prepared.name, prepared);
    return { previous };
  }

  restore(name: string, previous: Prepared | undefined): void {
    if (previous === undefined) this.#statements.delete(name);
    else this.#statements.set(name, previous);
  }

  delete(name: string): void {
    this.#statements.delete(name);
  }

  clear(): void {
    this.#statements.clear();
  }
}

export class Portals {
  readonly #portals = new Map<string, Portal>();

  get(name: string): Portal | undefined {
    return this.#portals.get(name);
  }

  get full(): boolean {
    return this.#portals.size >= LIMITS.portalsMax;
  }

  /** Puts a portal under its name and returns the one it replaces. */
  set(portal: Portal): Portal | undefined {
    const replaced = this.#portals.get(portal.name);
    this.#portals.set(portal.name, portal);
    return replaced;
  }

  delete(name: string): Portal | undefined {
    const portal = this.#portals.get(name);
    this.#portals.delete(name);
    return portal;
  }

  /** Forgets all of them and returns them: outside a transaction block no portal outlives it. */
  clear(): readonly Portal[] {
    if (this.#portals.size === 0) return NONE;
    const all = [...this.#portals.values()];
    this.#portals.clear();
    return all;
  }
}

const NONE: readonly Portal[] = [];
