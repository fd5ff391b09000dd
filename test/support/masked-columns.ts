/** The marks of tests that hold the gate's masking against attackers, as YAML for `extraYaml`. */
import { join } from 'node:path';

/** A policy that denies nothing and reveals nothing: what keeps a value then is the gate itself. */
export const MASKS_ONLY_BUNDLE = join(import.meta.dirname, '../policies/masks-only/bundle/manifest.json');

/**
 * The gate masks: what is held against it runs. False while marks have no effect; then only what is held against
 * servers without a gate does.
 */
export const GATE_MASKS = process.env['GATEHOUSE_TEST_MASKING'] !== 'off';

/** `schema.table.column`, globs allowed. */
export const marks = (columns: readonly string[], style = 'full'): string =>
  `masking:
  columns:
${columns.map((column) => `    - { column: ${JSON.stringify(column)}, tag: canary, style: ${style} }`).join('\n')}
`;

/**
 * Every column of a planted schema that holds a canary where somebody else has put it, by the name of its table: what
 * inherits from one of them is known by that alone.
 */
export const PLANTED_MARKS: readonly string[] = [
  'people',
  'people_by_id',
  'people_by_card',
  'generated',
  'graded_by_card',
  'deferred',
  'notified',
].map((table) => `leak_me.${table}.card`);
/** The columns of the sample database whose values must not come out. */
export const SAMPLE_MARKS: readonly string[] = [
  'public.people.card',
  'public.people.ssn',
  'public.secrets.value',
];
