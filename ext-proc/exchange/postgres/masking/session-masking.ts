/**
 * Masking for one session: what it makes of each decided statement, and what values look like under the session's
 * settings. Owns the caches; all of them are dropped with the context that decisions are cached under.
 */
import type { Decision } from '../../../domain/decision.ts';
import type { StatementDescription } from '../../../domain/statement.ts';
import type { Masker } from '../../../masking/masker.ts';
import type { ValueContext } from '../../../protocols/postgres/types/value-context.ts';
import type { SessionContext } from '../session-context.ts';
import { ColumnMarks, type MarkScope } from './column-marks.ts';
import type { PostgresMasking } from './postgres-masking.ts';
import { StatementMasking } from './statement-masking.ts';

export class SessionMasking {
  readonly #masking: PostgresMasking;
  readonly #context: SessionContext;
  /** By the obligations of the decision. */
  readonly #marks = new Map<string, ColumnMarks>();
  readonly #values = new Map<Masker, ValueContext>();
  #sessionReveals: readonly string[] = [];
  #sessionHides = true;

  constructor(masking: PostgresMasking, context: SessionContext) {
    this.#masking = masking;
    this.#context = context;
  }

  /** Names the catalogue that marks were looked up in. */
  get version(): string | undefined {
    const { upstreamName, database } = this.#context.identity;
    return this.#masking.columns.version(upstreamName, database);
  }

  /** What the session's own decision, at its connect, reveals: for what belongs to no statement. */
  connected(decision: Decision): void {
    this.#sessionReveals = revealedKinds(decision);
    this.#sessionHides = !this.#marksUnder(decision).none;
  }

  /** Columns are hidden from this principal, whatever it runs. */
  get hides(): boolean {
    return this.#sessionHides;
  }

  forget(): void {
    this.#marks.clear();
  }

  of(description: StatementDescription, decision: Decision): StatementMasking {
    return new StatementMasking({
      description,
      marks: this.#marksUnder(decision),
      catalogue: this.#masking.columns,
      scope: this.#scope,
      masker: this.#maskerOf(revealedKinds(decision)),
    });
  }

  /**
   * Which literals of a statement are not recorded, since they are put into marked columns or compared with them. Whoever
   * is shown such a column by policy writes its values all the same.
   */
  unrecorded({ columns }: StatementDescription, decision: Decision): UnrecordedLiterals {
    const obligations = decision.obligations.filter(({ kind }) => kind === 'mask');
    const marks = this.#marksUnder({ ...decision, obligations });
    if (marks.none) return 'none';
    const { upstream, database } = this.#scope;
    let found: UnrecordedLiterals = 'none';
    for (const { relation, name, use, contexts } of columns) {
      if (use === 'target' && contexts === undefined) continue;
      if (marks.hiddenIn(relation, name) === undefined) continue;
      const [schema = '', table = '', ...more] = relation.split('.');
      // Where a name has a dot of its own, its parts are not told apart here, and neither is the type.
      const known = name !== '*' && more.length === 0;
      const column = { schema, table, column: name };
      const type = known ? this.#masking.columns.named(upstream, database, column)?.typeOid : undefined;
      if (type === undefined || !WRITTEN_AS_TEXT.has(type)) return 'texts and numbers';
      found = 'texts';
    }
    return found;
  }

  /** Looks at what belongs to no statement; undefined where nothing is looked for. */
  get sessionMasker(): Masker | undefined {
    return this.#maskerOf(this.#sessionReveals);
  }

  /** The same object as long as masker and settings are. `masker` undefined: marks alone are asked of it. */
  valueContext(masker: Masker = this.#masking.masker): ValueContext {
    const style = this.#context.textStyle;
    const known = this.#values.get(masker);
    if (known !== undefined && known.style === style) return known;
    const { upstreamName, database } = this.#context.identity;
    const made: ValueContext = { masker, lookup: this.#masking.types(upstreamName, database), style };
    this.#values.set(masker, made);
    return made;
  }

  #marksUnder(decision: Decision): ColumnMarks {
    const key = JSON.stringify(decision.obligations);
    let marks = this.#marks.get(key);
    if (marks === undefined) {
      marks = new ColumnMarks(this.#masking.rules, decision, this.#masking.columns, this.#scope);
      this.#marks.set(key, marks);
    }
    return marks;
  }

  get #scope(): MarkScope {
    const { upstreamName: upstream, database } = this.#context.identity;
    return { upstream, database };
  }

  #maskerOf(reveals: readonly string[]): Masker | undefined {
    if (reveals.includes('*')) return undefined;
    const masker = reveals.length === 0 ? this.#masking.masker : this.#masking.maskerWithout(reveals);
    return masker.scanner.kinds.length === 0 ? undefined : masker;
  }
}

export type UnrecordedLiterals = 'none' | 'texts' | 'texts and numbers';

/** Types whose constants are written in quotes: bytea, name, text, json, xml, bpchar, varchar, jsonb, uuid and dates. */
const WRITTEN_AS_TEXT: ReadonlySet<number> = new Set([
  17, 19, 25, 114, 142, 1042, 1043, 3802, 2950, 1082, 1114, 1184,
]);

const revealedKinds = (decision: Decision): readonly string[] =>
  decision.obligations.flatMap((obligation) =>
    obligation.kind === 'reveal_found' ? obligation.kinds : NO_KINDS,
  );

const NO_KINDS: readonly string[] = [];
