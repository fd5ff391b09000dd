/**
 * What masking makes of one allowed statement: whether it may run at all, and what is done with each column that comes
 * back. Rests on the description's lineage; whatever that does not know counts as marked (fail closed).
 */
import type { ColumnName, ColumnSource, OutputColumn } from '../../../domain/lineage.ts';
import type { MaskStyle } from '../../../domain/masking-rules.ts';
import type { ColumnCatalogue } from '../../../domain/ports.ts';
import type { RelationUse, StatementDescription } from '../../../domain/statement.ts';
import type { Masker } from '../../../masking/masker.ts';
import type { ColumnDescription } from '../../../protocols/postgres/backend.ts';
import type { ColumnTreatment } from '../../../protocols/postgres/rows/mask-plan.ts';
import { CODE_TRAITS } from '../effects.ts';
import { leakingSource } from './leaking-traits.ts';
import type { ColumnMarks, HiddenColumn, MarkScope } from './column-marks.ts';

export interface StatementMaskingOptions {
  readonly description: StatementDescription;
  readonly marks: ColumnMarks;
  readonly catalogue: ColumnCatalogue;
  readonly scope: MarkScope;
  /** For values that nobody marked; undefined where the decision reveals whatever would be found. */
  readonly masker: Masker | undefined;
}

export interface MaskingDenial {
  readonly rule: string;
  /** What an agent can act on; names columns, never a value. */
  readonly reason: string;
}

/** Of an output: what is hidden of what it is made of, and whether the value itself is a column's. */
interface HiddenOutput {
  readonly column: HiddenColumn;
  /** Other text than the column's value, or part of it: only the style `full` is safe then. */
  readonly derived: boolean;
}

/** What nobody can tell the origin of. */
const ANYTHING: HiddenOutput = {
  column: { tag: 'unknown', style: 'full', label: '' },
  derived: true,
};
const TEXT_OID = 25;
const UNTYPED = {
  name: '',
  tableOid: 0,
  attributeNumber: 0,
  typeOid: 0,
  typeSize: -1,
  typeModifier: -1,
} as const;
const PASS: ColumnTreatment = Object.freeze({ kind: 'pass' });
/**
 * Contexts that tell nothing more of a value than the output does, or than what it flows into: those are looked at by
 * themselves.
 */
const TELLS_NOTHING: ReadonlySet<string> = new Set([
  'returning',
  'exists',
  'expression',
  'insert_source',
  'update_source',
]);

export class StatementMasking {
  readonly denial: MaskingDenial | undefined;
  /** Something that the statement touches holds hidden columns: the words of its errors are withheld. */
  readonly withholdsErrors: boolean;
  /** It runs checks and triggers that statements before it have put off, whose errors are theirs. */
  readonly runsDeferred: boolean;
  /** Looks at what is not marked; undefined where the decision reveals whatever is found. */
  readonly masker: Masker | undefined;
  readonly #description: StatementDescription;
  readonly #marks: ColumnMarks;
  readonly #catalogue: ColumnCatalogue;
  readonly #scope: MarkScope;
  /** By position; undefined where the description does not tell. */
  readonly #outputs: readonly (HiddenOutput | undefined)[] | undefined;

  constructor(options: StatementMaskingOptions) {
    const { description, marks } = options;
    this.#description = description;
    this.#marks = marks;
    this.#catalogue = options.catalogue;
    this.#scope = options.scope;
    this.masker = options.masker;
    this.withholdsErrors = !marks.none && this.#touchesHidden();
    this.runsDeferred = RUNS_DEFERRED.has(description.verb);
    this.denial = marks.none ? undefined : this.#denial();
    this.#outputs = marks.none
      ? description.outputs?.map(() => undefined)
      : description.outputs?.map(({ sources, derivation }) =>
          derivation === 'unknown' ? ANYTHING : this.#hiddenOf(sources),
        );
  }

  /** Rows go by unread: nothing is hidden from this principal, and detectors do not look. */
  get passes(): boolean {
    return this.#marks.none && this.masker === undefined;
  }

  /** The statement is known to return no rows. */
  get returnsNothing(): boolean {
    return this.#description.outputs?.length === 0;
  }

  /** What is done with each column of a result. */
  treatments(columns: readonly ColumnDescription[]): ColumnTreatment[] {
    const outputs = this.#outputs?.length === columns.length ? this.#outputs : undefined;
    return columns.map((column, index) => {
      if (this.#marks.none) return this.#unmarked('');
      const described = outputs === undefined ? ANYTHING : outputs[index];
      const hidden = described ?? this.#hiddenByServer(column);
      if (hidden === undefined) return this.#unmarked(this.#labelOf(index));
      return {
        kind: 'mask',
        label: hidden.column.label,
        mark: { kind: hidden.column.tag, style: hidden.derived ? 'full' : hidden.column.style },
      };
    });
  }

  /** The columns of COPY, which the server only counts: their types where the description tells them, else none. */
  copyColumns(formats: readonly ColumnDescription['format'][]): ColumnDescription[] {
    const outputs = this.#description.outputs;
    return formats.map((format, index) => {
      const type =
        outputs?.length === formats.length ? this.#typeOf(outputs[index] as OutputColumn) : undefined;
      return { ...UNTYPED, ...type, format };
    });
  }

  /** Of an output that is one column's value, or its text. */
  #typeOf({
    derivation,
    sources,
  }: OutputColumn): Pick<ColumnDescription, 'typeOid' | 'typeModifier'> | undefined {
    const [source, ...others] = sources;
    if (source === undefined || others.length > 0) return undefined;
    if (derivation === 'cast') return { typeOid: TEXT_OID, typeModifier: -1 };
    if (derivation !== 'plain' && derivation !== 'copied') return undefined;
    const { upstream, database } = this.#scope;
    const known = this.#catalogue.named(upstream, database, source);
    return known === undefined ? undefined : { typeOid: known.typeOid, typeModifier: known.typmod };
  }

  #unmarked(label: string): ColumnTreatment {
    return this.masker === undefined ? PASS : { kind: 'scan', label };
  }

  /** Only the catalogue's names: an alias is the client's text, and may hold anything. */
  #labelOf(index: number): string {
    const output = this.#description.outputs?.[index];
    const [source, ...others] = output?.sources ?? [];
    if (source === undefined || others.length > 0 || source.derivation === 'derived') return '';
    return `${source.schema}.${source.table}.${source.column}`;
  }

  /** The server names the column itself: what is hidden of it, whatever the description says. */
  #hiddenByServer(column: ColumnDescription): HiddenOutput | undefined {
    if (column.tableOid === 0) return undefined;
    const { upstream, database } = this.#scope;
    const known = this.#catalogue.column(upstream, database, column.tableOid, column.attributeNumber);
    if (known?.sources === undefined) return ANYTHING;
    return this.#hiddenOf([...known.sources, { ...known, derivation: 'plain' }]);
  }

  #hiddenOf(sources: readonly ColumnSource[]): HiddenOutput | undefined {
    let found: HiddenOutput | undefined;
    /** Some of its values are of a column that is not hidden. */
    let mixed = false;
    for (const source of sources) {
      const column = this.#marks.hidden(source);
      if (column === undefined) {
        mixed ||= source.derivation !== 'condition';
        continue;
      }
      // What a style shows is meant for its own column's values alone.
      const other = found !== undefined && !sameMark(found.column, column);
      const derived = other || source.derivation === 'derived' || source.derivation === 'condition';
      if (found === undefined || (derived && !found.derived)) found = { column, derived };
    }
    // The hash of a value that the client chose, beside those of hidden ones, tells which are the same.
    return found?.column.style === 'hash' && mixed ? { ...found, derived: true } : found;
  }

  #touchesHidden(): boolean {
    const { complete, relations, columns, functions, traits, writes, outputs } = this.#description;
    if (!complete || outputs === undefined) return true;
    // What a trigger, a cascade or a function of a user's says, nobody knows beforehand.
    if (writes && traits.some((trait) => CODE_TRAITS.has(trait))) return true;
    if (functions.some(({ schema }) => schema !== 'pg_catalog')) return true;
    return (
      relations.some((relation) =>
        [relation.qualified, ...relation.through].some((name) => this.#hiddenIn(name) !== undefined),
      ) || columns.some(({ relation }) => this.#hiddenIn(relation) !== undefined)
    );
  }

  #hiddenIn(qualified: string): HiddenColumn | undefined {
    return this.#marks.hiddenIn(qualified, '*');
  }

  #denial(): MaskingDenial | undefined {
    return (
      this.#unknown() ?? this.#leakingSource() ?? this.#definition() ?? this.#inference() ?? this.#flow()
    );
  }

  /** Whatever policy thinks of it: nobody can tell what such a statement asks of hidden columns. */
  #unknown(): MaskingDenial | undefined {
    const { complete, traits } = this.#description;
    if (!complete) return NOT_UNDERSTOOD;
    // Whatever it would do is done by a call of it, of which nothing can be told.
    return traits.includes('function_body') && !traits.includes('sql_body') ? TEXT_BODY : undefined;
  }

  /** Marks go by names: who gives a hidden column, its table or its schema another one would take its mark away. */
  #definition(): MaskingDenial | undefined {
    const { relations, verb, traits } = this.#description;
    if (verb === 'ALTER SCHEMA') return definitionOf('the schema');
    if (FOREIGN.test(verb)) return FOREIGN_DEFINITION;
    // What is only being made holds nothing yet; what flows into it is looked at by itself.
    const isMade = ({ kind, resolved }: RelationUse): boolean => kind === 'unknown' && resolved;
    // A new name or schema: another session may have given the table a marked column that is not known here yet.
    const moves =
      verb.startsWith('ALTER ') && relations.some((each) => each.access === 'define' && isMade(each));
    // Constraints of an heir answer questions about what is put into it.
    const inherits = traits.includes('inherits');
    for (const relation of relations) {
      const { access, schema, name, qualified, through } = relation;
      const defines = access === 'define' || (inherits && access === 'read');
      if (!defines || isMade(relation)) continue;
      // A rule sees the rows of the view that it is on.
      const names = verb === 'CREATE RULE' ? [qualified, ...through] : [qualified];
      const hides = names.some((each) => this.#hiddenIn(each) !== undefined);
      if (hides || (moves && this.#marks.mayHide({ schema, table: name }))) return definitionOf(qualified);
    }
    return undefined;
  }

  #leakingSource(): MaskingDenial | undefined {
    const source = leakingSource(this.#description);
    return source === undefined
      ? undefined
      : {
          rule: 'gate.masking.leaking_source',
          reason: `${source} can print values of masked columns; read the tables themselves`,
        };
  }

  /** A hidden column may be selected plainly, and nothing else: any other use answers questions about its values. */
  #inference(): MaskingDenial | undefined {
    for (const { relation, name, contexts, via } of this.#description.columns) {
      if (contexts === undefined) continue;
      const context = contexts.find((each) => !TELLS_NOTHING.has(each));
      if (context === undefined) continue;
      const label = relation === '' ? this.#ofUnknown(name) : this.#marks.hiddenIn(relation, name)?.label;
      if (label === undefined) continue;
      return {
        rule: 'gate.masking.inference',
        reason:
          `${label} is masked for you and may only be selected as it is; here it is used in ` +
          `${context.replaceAll('_', ' ')}${via === undefined ? '' : `, by ${via}`}. ` +
          'Leave it out there, or use another column',
      };
    }
    return undefined;
  }

  /** Of no table: anything there is (`*`), or what a function of a user's returns, which may be anything. */
  #ofUnknown(name: string): string | undefined {
    const used = this.#description.functions.find(({ schema }) => schema !== 'pg_catalog');
    if (used !== undefined) return `what ${used.schema}.${used.name} returns`;
    return name === '*' ? 'a value of unknown origin' : undefined;
  }

  /** What is made of a hidden column goes only where it is hidden again. */
  #flow(): MaskingDenial | undefined {
    const { flows } = this.#description;
    if (flows === undefined) return this.#writesUntold() ? FLOW_UNKNOWN : undefined;
    for (const flow of flows) {
      const hidden = flow.derivation === 'unknown' ? ANYTHING : this.#hiddenOf(flow.sources);
      if (hidden === undefined) continue;
      const where = this.#shownAgain(flow, hidden);
      if (where === undefined) continue;
      if (flow.derivation === 'unknown' && !this.withholdsErrors) continue;
      const what = hidden.column.label || 'what may be a masked column';
      return {
        rule: 'gate.masking.flow',
        reason: `${nameOf(flow)} would receive ${what}, which is masked for you, ${where}`,
      };
    }
    return undefined;
  }

  /** Hidden columns are read where something is written, and it cannot be told what of them. */
  #writesUntold(): boolean {
    const { writes, defines, relations, columns } = this.#description;
    if (!writes && !defines) return false;
    return (
      relations.some(
        ({ access, qualified, through }) =>
          access === 'read' && [qualified, ...through].some((name) => this.#hiddenIn(name) !== undefined),
      ) ||
      // The body of a function is no relation of the statement's.
      columns.some(
        ({ relation, name, contexts }) =>
          contexts?.some((context) => WRITTEN.has(context)) === true &&
          this.#marks.hiddenIn(relation, name) !== undefined,
      )
    );
  }

  /**
   * Why what the column receives would not stay hidden there; undefined where it does. A column that the catalogue does
   * not show in a table which it knows is of this session's making, and may get another name in the same transaction.
   */
  #shownAgain(target: ColumnName, { column: source, derived }: HiddenOutput): string | undefined {
    const { traits, verbs } = this.#description;
    const { upstream, database } = this.#scope;
    const known = this.#catalogue.columns(upstream, database, target);
    const uncertain = target.column === '*' || known?.includes(target.column) === false;
    const hidden = uncertain ? undefined : this.#marks.hidden(target);
    if (hidden === undefined) return 'where it is not';
    const same = !derived && sameMark(hidden, source);
    if (!same && !SHOWS_NOTHING.has(hidden.style)) return 'where more of it may be shown';
    const goesOn = traits.some(
      (trait) => CODE_TRAITS.has(trait) && (trait !== 'has_cascades' || verbs.includes('UPDATE')),
    );
    return goesOn ? 'where a trigger, a check or a cascade may take it along' : undefined;
  }
}

const sameMark = (one: HiddenColumn, other: HiddenColumn): boolean =>
  one.tag === other.tag && one.style === other.style;

/** Styles that show the same whatever the value is. */
const SHOWS_NOTHING: ReadonlySet<MaskStyle> = new Set(['full', 'null', 'typed']);

const WRITTEN: ReadonlySet<string> = new Set(['insert_source', 'update_source']);
const RUNS_DEFERRED: ReadonlySet<string> = new Set(['COMMIT', 'PREPARE TRANSACTION', 'SET CONSTRAINTS']);
const NOT_UNDERSTOOD: MaskingDenial = {
  rule: 'gate.masking.not_understood',
  reason:
    'columns are masked for you, and it cannot be told what this statement asks of them; write it plainly',
};
/** Another server, which may be this one, or a file: what is read through it has other names. */
const FOREIGN = /^(?!DROP ).*\b(?:FOREIGN|SERVER|USER MAPPING|SUBSCRIPTION)\b/;
const FOREIGN_DEFINITION: MaskingDenial = {
  rule: 'gate.masking.definition',
  reason:
    'columns are masked for you, and what is read through another server or a file cannot be told apart from them',
};
const TEXT_BODY: MaskingDenial = {
  rule: 'gate.masking.not_understood',
  reason:
    'columns are masked for you, and a body that is given as text may do anything with them; ' +
    'write it as standard SQL (RETURN …, or BEGIN ATOMIC … END)',
};
const definitionOf = (what: string): MaskingDenial => ({
  rule: 'gate.masking.definition',
  reason: `${what} holds columns that are masked for you, so you cannot define it anew`,
});
const FLOW_UNKNOWN: MaskingDenial = {
  rule: 'gate.masking.flow',
  reason: 'it cannot be told where the values of masked columns would go; name the columns one by one',
};

const nameOf = ({ schema, table, column }: ColumnName): string => `${schema}.${table}.${column}`;
