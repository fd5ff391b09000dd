/**
 * The shape of `masking` in gatehouse.yaml: what is looked for, which columns are marked, and in which styles. A part of
 * schema.ts; what needs more than one key to judge is in masking-checks.ts.
 */
import { z } from 'zod';
import { columnName, fieldName, maskKind, maskStyle, name, secretSource, text } from './forms.ts';

const maskingPattern = z
  .strictObject({
    name: maskKind().describe("Names what it finds, as a detector's kind does; no name of a built-in one."),
    pattern: text().describe(
      'A regular expression of the kind that runs in linear time: no back references, no look-around.',
    ),
    keywords: z
      .array(text().min(2, 'must have 2 to 64 characters').max(64, 'must have 2 to 64 characters'))
      .min(1)
      .max(20, 'must have at most 20 entries')
      .describe(
        'Words of which one must stand in the value before the pattern is tried, in any case of its letters.',
      ),
    ignoreCase: z
      .boolean({ error: 'must be true or false' })
      .default(false)
      .describe('Whether the pattern takes letters of either case.'),
    style: maskStyle()
      .optional()
      .describe('How what it finds is masked, where detectors says nothing else. Default: masking.style.'),
  })
  .describe("A detector of the operator's own.");

const markedColumn = z
  .strictObject({
    upstream: name().optional().describe('The upstream of the column. Default: every upstream.'),
    column: columnName().describe(
      'schema.table.column of a table, each part a name in any case of its letters, or a glob with *.',
    ),
    tag: maskKind().describe(
      'What the values are: it chooses what partial shows, and policy reveals by it (tag:NAME). A kind, or a word of your own.',
    ),
    style: maskStyle().default('full').describe('How the values are masked.'),
  })
  .describe('Columns whose values are masked wherever they surface.');

const markedField = z
  .strictObject({
    upstream: name().optional().describe('The upstream of the field. Default: every HTTP and MCP upstream.'),
    field: fieldName().describe(
      'Names from the top of a JSON or form body with dots between, such as customer.card: arrays add nothing, * in a name stands for any characters, ** for any number of names.',
    ),
    tag: maskKind().describe(
      'What the values are: it chooses what partial shows, and policy reveals by it (tag:NAME). A kind, or a word of your own.',
    ),
    style: maskStyle().default('full').describe('How the values are masked.'),
  })
  .describe('Fields of bodies whose values are masked.');

export const masking = z
  .strictObject({
    key: secretSource(
      'The key of style hash: 32 or more random bytes, as text. Read at the start alone.',
    ).optional(),
    style: maskStyle()
      .default('full')
      .describe('How what detectors find is masked, where detectors and the pattern say nothing else.'),
    detectors: z
      .record(z.string().max(32), maskStyle('off'))
      .default({})
      .describe(
        'By kind: a style, or off. A kind that is not named is looked for, and masked in masking.style.',
      ),
    patterns: z
      .array(maskingPattern)
      .max(200, 'must have at most 200 entries')
      .default([])
      .describe("Detectors of the operator's own."),
    columns: z
      .array(markedColumn)
      .max(2_000, 'must have at most 2000 entries')
      .default([])
      .describe('Marked columns. The first entry that fits a column gives its tag and style.'),
    fields: z
      .array(markedField)
      .max(2_000, 'must have at most 2000 entries')
      .default([])
      .describe('Marked fields. The first entry that fits a field gives its tag and style.'),
  })
  .describe(
    'What nobody sees unless policy reveals it. Absent: detectors look for all kinds, and no column is marked.',
  );
