/**
 * What a reviewer is shown of held statements, in words. Everything in it is what a record may hold (I3): literals that
 * go into marked columns are left out, and said to be.
 */
import type { ActionView } from '../../../domain/approvals/action-view.ts';
import type { StatementDescription } from '../../../domain/statement.ts';
import type { TypeLookup } from '../../../protocols/postgres/types/pg-type.ts';
import type { Masker } from '../../../masking/masker.ts';
import type { Decider, ShownText } from '../decider.ts';
import { CODE_TRAITS } from '../effects.ts';
import type { SessionContext } from '../session-context.ts';
import type { SessionWalk } from '../session-walk.ts';
import { withInner } from './held-meaning.ts';
import type { JudgedText, NamedText } from './judged-text.ts';
import { OWN_DEFINITIONS_WARNINGS, type OwnDefinitions } from './own-definitions.ts';
import { shownParameters, type ShownParameter } from './shown-parameter.ts';

export interface ShownActionOptions {
  readonly context: SessionContext;
  readonly decider: Decider;
  readonly masker: Masker;
  readonly lookup: TypeLookup;
  /** Locks of what ran before in the same transaction are held meanwhile. */
  readonly inTransaction: boolean;
  readonly own: readonly OwnDefinitions[];
  /** Of what has run already: its values, and whether any are left out. */
  readonly parameters?: readonly ShownParameter[] | undefined;
  readonly partly?: boolean;
  /** Of what has run already: counts of rows and the like, in order. */
  readonly facts?: readonly (readonly [string, string])[];
  readonly warnings?: readonly string[];
}

export function shownAction(judged: JudgedText, options: ShownActionOptions): ActionView {
  const { context, decider, masker } = options;
  const { role, identity } = context;
  const texts = judged.judgements.map((judgement) => decider.shownText(judgement));
  const executed = judged.executes.map(
    (each) =>
      `-- ${masker.maskRecordText(each.name)} was prepared as:\n${shownExecuted(judged, each, decider)?.text ?? ''}`,
  );
  const parameters = options.parameters ?? parametersOf(judged, options);
  const partly =
    options.partly === true ||
    mostWithheld(texts) !== 'none' ||
    parameters.some(({ state }) => PARTLY.has(state));
  const descriptions = judged.judgements.map(({ statement }) => statement.description);
  const mask = (text: string): string => masker.maskRecordText(text);
  return {
    kind: judged.kind,
    words:
      `${mask(descriptions.map(inWords).join('; '))} on ${identity.upstreamName} ` +
      `(database ${identity.database}) as role ${role}`,
    payload: [texts.map(({ text }) => text).join(';\n'), ...executed].join('\n'),
    language: 'sql',
    parameters: parameters.map(({ text }) => text),
    partly,
    facts: [
      ['database', identity.database],
      ['role', role],
      ['search_path', context.searchPath?.join(', ') ?? 'unknown'],
      ['transaction', options.inTransaction ? 'open' : 'its own'],
      ['values are read by', context.valueSettings.join('; ')],
      ...settingFacts(context).map(([name, value]) => [mask(name), mask(value)] as const),
      // The words may be a value too.
      ...numbered('parameters that are NULL', parameters, 'null'),
      ...numbered('parameters not shown', parameters, 'withheld'),
      ...statementFacts(descriptions).map(([name, value]) => [name, mask(value)] as const),
      ...(options.facts ?? []),
    ],
    warnings: [
      ...statementWarnings(descriptions),
      ...(partly ? ['Some values are not shown: they go into masked columns.'] : []),
      ...(options.inTransaction
        ? ['What ran before in its transaction keeps its locks while this waits: others may wait for it.']
        : []),
      ...(context.settings.certain
        ? []
        : [
            'What this session has set may be something else than is shown: functions and triggers may read it.',
          ]),
      ...options.own.map((each) => OWN_DEFINITIONS_WARNINGS[each]),
      ...(options.warnings ?? []),
    ],
  };
}

export const PARTLY: ReadonlySet<ShownParameter['state']> = new Set(['withheld', 'unreadable']);

/** The values of a Bind, in order. */
export function parametersOf(
  { bind, valueTypes, judgements }: JudgedText,
  { context, decider, masker, lookup }: Pick<ShownActionOptions, 'context' | 'decider' | 'masker' | 'lookup'>,
): readonly ShownParameter[] {
  if (bind === undefined || bind.values.length === 0) return [];
  const unrecorded = mostWithheld(judgements.map((judgement) => decider.shownText(judgement)));
  return shownParameters(bind, valueTypes, { masker, lookup, unrecorded, utf8: context.readsUtf8 });
}

function numbered(
  name: string,
  parameters: readonly ShownParameter[],
  state: ShownParameter['state'],
): readonly (readonly [string, string])[] {
  const found = parameters.flatMap((each, index) => (each.state === state ? [`$${index + 1}`] : []));
  return found.length === 0 ? [] : [[name, found.join(', ')]];
}

const settingFacts = ({ settings }: SessionContext): readonly (readonly [string, string])[] =>
  settings.made.map(([name, value]) => [
    `${settings.certain ? 'set' : 'perhaps set'}: ${name}`,
    value === '' ? '(empty, or not a constant)' : value,
  ]);

/** Whether a reviewer sees all words of what would run, and no mask in place of any. */
export const showsAllWords = (judged: JudgedText, decider: Decider): boolean =>
  judged.judgements.every((judgement) => decider.shownText(judgement).whole) &&
  judged.executes.every((each) => shownExecuted(judged, each, decider)?.whole ?? false);

/** Whether a reviewer can read every value that is not kept back for what it is. */
export const showsAllParameters = (
  judged: JudgedText,
  { context, decider, gate }: Pick<SessionWalk, 'context' | 'decider' | 'gate'>,
): boolean =>
  parametersOf(judged, { context, decider, ...gateParts(gate, context) }).every(
    ({ state }) => state !== 'unreadable',
  );

/** What a value is masked and read by. */
export function gateParts(
  { masking }: SessionWalk['gate'],
  { identity }: SessionContext,
): Pick<ShownActionOptions, 'masker' | 'lookup'> {
  return { masker: masking.masker, lookup: masking.types(identity.upstreamName, identity.database) };
}

function shownExecuted(
  { judgements: [judgement] }: JudgedText,
  { statement }: NamedText,
  decider: Decider,
): ShownText | undefined {
  if (judgement === undefined) return undefined;
  const { description } = judgement.statement;
  return decider.shownText({ ...judgement, statement: { ...statement, description } });
}

/** `UPDATE of public.people`. */
export function inWords({ verb: outermost, verbs, relations, traits }: StatementDescription): string {
  const verb = verbsInWords(outermost, verbs, traits);
  const changed = relations.filter(({ access }) => access !== 'read');
  const named = (changed.length > 0 ? changed : relations).map(({ qualified }) => qualified);
  const distinct = [...new Set(named)];
  if (distinct.length === 0) return verb;
  const shown = distinct.slice(0, NAMED_MAX).join(', ');
  return `${verb} of ${shown}${distinct.length > NAMED_MAX ? ` and ${distinct.length - NAMED_MAX} more` : ''}`;
}

/** `EXPLAIN (UPDATE)`: what is done inside says more than what is around it. */
function verbsInWords(verb: string, verbs: readonly string[], traits: readonly string[]): string {
  const inside = verbs.filter((each) => each !== verb && each !== 'SELECT');
  if (traits.includes('on_conflict') && !inside.includes('UPDATE')) inside.push('ON CONFLICT');
  return inside.length === 0 ? verb : `${verb} (${[...new Set(inside)].join(', ')})`;
}

const NAMED_MAX = 5;

function statementFacts(descriptions: readonly StatementDescription[]): (readonly [string, string])[] {
  const facts: (readonly [string, string])[] = [];
  const add = (name: string, values: readonly string[]): void => {
    if (values.length > 0) facts.push([name, [...new Set(values)].join(', ')]);
  };
  const relations = descriptions.flatMap((each) => each.relations);
  const called = descriptions.flatMap(({ functions }) =>
    functions.filter(({ schema }) => schema !== 'pg_catalog'),
  );
  add(
    'verbs',
    descriptions.flatMap(({ verbs }) => verbs),
  );
  for (const [access, name] of ACCESSES) {
    add(
      name,
      relations.flatMap((each) => (each.access === access ? [each.qualified] : [])),
    );
  }
  add(
    'tables behind views',
    relations.flatMap(({ through }) => through),
  );
  add(
    'columns written',
    descriptions.flatMap(({ columns }) =>
      columns.flatMap((each) => (each.use === 'write' ? [`${each.relation}.${each.name}`] : [])),
    ),
  );
  add(
    'every row of',
    descriptions.flatMap(({ unfiltered }) => unfiltered),
  );
  add(
    'functions called',
    called.map(({ schema, name }) => (schema === '' ? name : `${schema}.${name}`)),
  );
  return facts;
}

const ACCESSES = [
  ['write', 'tables written'],
  ['read', 'tables read'],
  ['define', 'objects defined'],
] as const;

function statementWarnings(descriptions: readonly StatementDescription[]): string[] {
  const all = descriptions.flatMap(withInner);
  const has = (test: (each: StatementDescription) => boolean): boolean => all.some(test);
  return [
    ...(has(({ complete }) => !complete)
      ? ['Not all of it could be understood: what is said of tables and columns may be incomplete.']
      : []),
    ...(has(({ unfiltered }) => unfiltered.length > 0) ? ['No condition limits which rows it changes.'] : []),
    ...(has(({ traits }) => traits.some((trait) => CODE_TRAITS.has(trait)))
      ? [
          'Triggers, rules, cascades or functions of the database run with it, and may change more than it names.',
        ]
      : []),
  ];
}

function mostWithheld(texts: readonly ShownText[]): ShownText['unrecorded'] {
  const found = new Set(texts.map(({ unrecorded }) => unrecorded));
  return found.has('texts and numbers') ? 'texts and numbers' : found.has('texts') ? 'texts' : 'none';
}
