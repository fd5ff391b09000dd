/** The marks of tests that hold the gate's masking against attackers, as YAML for `extraYaml`. */

/**
 * The gate masks: what is held against it runs. False while marks have no effect; then only what is held against
 * servers without a gate does.
 */
export const GATE_MASKS = process.env['GATEHOUSE_TEST_MASKING'] !== 'off';

/** `schema.table.column`, globs allowed. */
export const marks = (columns: readonly string[], style = 'full'): string =>
  `masking:
  columns:
${columns.map((column) => `    - { column: ${JSON.stringify(column)}, style: ${style} }`).join('\n')}
`;

/** Every column of a planted schema that holds a canary where somebody else has put it. */
export const PLANTED_MARKS: readonly string[] = ['leak_me.*.card'];
/** The columns of the sample database whose values must not come out. */
export const SAMPLE_MARKS: readonly string[] = [
  'public.people.card',
  'public.people.ssn',
  'public.secrets.value',
];
