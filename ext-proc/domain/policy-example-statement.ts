/** A statement in the words of a rule's example, and made whole. Pure. */
import { isFlag, isListOf, isObject, isText, type Form } from './policy-example-forms.ts';
import type { FunctionUse, RelationUse, StatementDescription } from './statement.ts';

/** What an example may say of a statement. */
export const STATEMENT_FORMS: Readonly<Record<string, Form>> = {
  verb: isText,
  verbs: isListOf(isText),
  writes: isFlag,
  defines: isFlag,
  unknown: isListOf(isText),
  traits: isListOf(isText),
  unfiltered: isListOf(isText),
  relations: isListOf(
    isObject('qualified', { kind: isText, access: isText, resolved: isFlag, through: isListOf(isText) }),
  ),
  functions: isListOf(isObject('name', { schema: isText, resolved: isFlag, volatility: isText })),
  setting: isObject('name', { value: isText, local: isFlag }),
};

/** What is left out is a plain SELECT without objects. */
export function wholeStatement(given: Readonly<Record<string, unknown>>): StatementDescription {
  const {
    relations = [],
    functions = [],
    setting,
    ...others
  } = given as {
    relations?: readonly (Partial<RelationUse> & { qualified: string })[];
    functions?: readonly (Partial<FunctionUse> & { name: string })[];
    setting?: { name: string; value?: string; local?: boolean };
  } & Partial<StatementDescription>;
  const verb = others.verb ?? 'SELECT';
  const unknown = others.unknown ?? [];
  return {
    complete: unknown.length === 0,
    unknown,
    verb,
    verbs: [verb],
    writes: false,
    defines: false,
    columns: [],
    unfiltered: [],
    traits: [],
    subject: undefined,
    inner: undefined,
    fingerprint: '',
    ...others,
    relations: relations.map((relation) => {
      const dot = relation.qualified.indexOf('.');
      return {
        schema: relation.qualified.slice(0, Math.max(dot, 0)),
        name: relation.qualified.slice(dot + 1),
        kind: 'table',
        access: 'read',
        resolved: true,
        through: [],
        ...relation,
      };
    }),
    functions: functions.map((each) => ({
      schema: 'pg_catalog',
      resolved: true,
      volatility: 'stable',
      ...each,
    })),
    setting:
      setting === undefined
        ? undefined
        : { name: setting.name, value: setting.value, local: setting.local ?? false },
  };
}
