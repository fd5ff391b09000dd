/**
 * What has run in the open transaction of a session and waits for its commit to be approved. Owns what would really be
 * committed: net of what was rolled back to a savepoint, and of what failed. What the server has yet to answer counts as
 * run.
 * Specification: PostgreSQL 18, "SAVEPOINT", "ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT".
 */
import type { ActionEvent } from '../action-event.ts';
import type { Judgement } from '../decider.ts';
import type { ShownParameter } from './shown-parameter.ts';

/** A statement that was let run so that its commit could be held. */
export interface RanStatement {
  readonly judgement: Judgement;
  readonly event: ActionEvent;
  /** As a reviewer sees it. */
  readonly shown: { readonly payload: string; readonly parameters: readonly ShownParameter[] };
  /** Of the statement with its parameters, as if it were held by itself. */
  readonly actionDigest: string;
  readonly similarKey: string;
}

type Item =
  | { readonly kind: 'ran'; readonly event: ActionEvent; readonly statement: RanStatement }
  | {
      readonly kind: 'control';
      readonly event: ActionEvent;
      readonly verb: string;
      readonly name: string | undefined;
    };

/** What a reviewer is shown of all of them together; the desk refuses more. */
const SHOWN_CHARACTERS_MAX = 131_072;
const ITEMS_MAX = 10_000;

const CONTROLS: ReadonlySet<string> = new Set(['SAVEPOINT', 'RELEASE', 'ROLLBACK TO', 'ROLLBACK', 'COMMIT']);

export class CommitBlock {
  #items: Item[] = [];
  #shownCharacters = 0;

  /** Something may have run whose commit is to be approved. */
  get active(): boolean {
    return this.#items.length > 0;
  }

  /** No more can be shown to anybody. */
  get full(): boolean {
    return this.#items.length >= ITEMS_MAX || this.#shownCharacters >= SHOWN_CHARACTERS_MAX;
  }

  /** It is on its way to the server. */
  ran(statement: RanStatement): void {
    if (this.#items.some((item) => item.event === statement.event)) return;
    this.#items.push({ kind: 'ran', event: statement.event, statement });
    const { payload, parameters } = statement.shown;
    this.#shownCharacters += payload.length + parameters.reduce((sum, each) => sum + each.text.length, 0);
  }

  /** Something else is on its way: what it does to savepoints and to the transaction counts once it has succeeded. */
  forwarded({ statement }: Pick<Judgement, 'statement'>, event: ActionEvent): void {
    const { verb, subject } = statement.description;
    if (this.active && CONTROLS.has(verb)) this.#items.push({ kind: 'control', event, verb, name: subject });
  }

  /** Nothing of it is left to commit. */
  clear(): void {
    this.#items = [];
    this.#shownCharacters = 0;
  }

  /** What a commit would make last, in order. Certain once the server owes nothing. */
  net(): readonly RanStatement[] {
    let kept: Item[] = [];
    for (const item of this.#items) {
      const { outcome, suspended } = item.event;
      // Where it ran and then failed to give more of its rows, a savepoint in between may have kept what it did.
      if (outcome !== undefined && outcome !== 'ok' && !suspended) continue;
      if (item.kind === 'ran') kept.push(item);
      else if (outcome === 'ok') kept = afterControl(kept, item);
    }
    return kept.flatMap((item) => (item.kind === 'ran' ? [item.statement] : []));
  }
}

/** `kept` holds statements and the savepoints that are there still. */
function afterControl(kept: Item[], control: Extract<Item, { kind: 'control' }>): Item[] {
  const { verb, name } = control;
  if (verb === 'SAVEPOINT') return [...kept, control];
  if (verb !== 'RELEASE' && verb !== 'ROLLBACK TO') return [];
  // One that is not among them is older than all of them.
  const at = kept.findLastIndex((item) => item.kind === 'control' && item.name === name);
  if (verb === 'ROLLBACK TO') return kept.slice(0, at + 1);
  return kept.filter((item, index) => item.kind === 'ran' || index < at);
}
