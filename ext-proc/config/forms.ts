/**
 * The forms that values of gatehouse.yaml take: each with the one rule that a reader is told when a value breaks it.
 */
import { z } from 'zod';
import { fieldPattern } from '../domain/field-rules.ts';
import { columnPattern, isMaskKind, MASK_STYLES } from '../domain/masking-rules.ts';
import { parseAddress, parseBytes, parseDurationMs } from './units.ts';

/** A string in a form of ours: one message for a wrong type and for a wrong form, so that the reader sees one rule. */
const formatted = (rule: string, pattern: string, accepts: (text: string) => boolean) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? undefined : rule) })
    .refine(accepts, rule)
    .meta({ pattern });

export const duration = () =>
  formatted(
    'must be a duration such as 500ms, 30s, 5m or 1h',
    '^(0|[1-9][0-9]{0,9})(ms|s|m|h|d)$',
    (text) => parseDurationMs(text) !== undefined,
  );
export const address = () =>
  formatted(
    'must be an address such as 127.0.0.1:5432, db.example.com:5432 or [::1]:5432',
    '^.+:[0-9]{1,5}$',
    (text) => parseAddress(text) !== undefined,
  );
export const size = () =>
  z
    .union([z.int().positive(), z.string().regex(/^[1-9]\d{0,11}(KiB|MiB|GiB|TiB)?$/)], {
      error: (issue) =>
        issue.input === undefined ? undefined : 'must be a number of bytes, or a size such as 64MiB or 8GiB',
    })
    .refine((value) => parseBytes(value) !== undefined, 'must be a size below 8 PiB');
export const name = () =>
  formatted(
    'must be a name of at most 40 lower-case letters, digits and inner hyphens, such as orders-prod',
    '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$',
    (text) => /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(text),
  );
export const text = () => z.string().min(1, 'must not be empty').max(1_024);
export const url = (protocols: string) =>
  formatted(`must be an absolute ${protocols} URL`, '^https?://', (value) => {
    const parsed = URL.parse(value);
    return (
      parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === ''
    );
  });
export const maskKind = () =>
  formatted(
    'must be a word of at most 32 lower-case letters, digits and underscores, a letter first, such as payment_card',
    '^[a-z][a-z0-9_]{0,31}$',
    isMaskKind,
  );
export const columnName = () =>
  formatted(
    'must have three parts, schema.table.column, each a name or a glob with *, such as public.people.card; in a name with a dot, * stands for it',
    '^[^.]{1,128}\\.[^.]{1,128}\\.[^.]{1,128}$',
    (text) => columnPattern(text) !== undefined,
  );
export const fieldName = () =>
  formatted(
    'must be names with dots between, such as customer.card or **.ssn; in a name with a dot, * stands for it',
    '^[^.]{1,128}(\\.[^.]{1,128}){0,29}$',
    (text) => fieldPattern(text) !== undefined,
  );
export const host = () =>
  formatted(
    'must be a host without a port in lower case, such as api.example.com, *.example.com, or * for any',
    '^(\\*|(\\*\\.)?[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?)$',
    (text) => /^(\*|(\*\.)?[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?)$/.test(text),
  );
/** Whole segments of unreserved characters: what Envoy matches is then what it says. */
export const pathPrefix = () =>
  formatted(
    'must be a path such as / or /people, of letters, digits, dots, hyphens, underscores and tildes',
    '^/([A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*/?)?$',
    (text) => isPlainPath(text, /^[A-Za-z0-9._~-]+$/),
  );
export const pathTemplate = () =>
  formatted(
    'must be a path such as /people/{id}: each segment plain, or one name in braces, each name once',
    '^/',
    (text) => isPlainPath(text, /^([A-Za-z0-9._~-]+|\{[A-Za-z_][A-Za-z0-9_]{0,39}\})$/) && namesOnce(text),
  );

function isPlainPath(text: string, segment: RegExp): boolean {
  if (!text.startsWith('/') || text.length > 512) return false;
  const segments = text.slice(1).split('/');
  if (segments.at(-1) === '') segments.pop();
  return segments.every((each) => segment.test(each) && each !== '.' && each !== '..');
}

function namesOnce(template: string): boolean {
  const names = template.match(/\{[^}]*\}/g) ?? [];
  return new Set(names).size === names.length;
}

/** A style, or one of `more`. YAML reads the word null as no value, and the style is meant. */
export const maskStyle = <More extends string = never>(...more: readonly More[]) => {
  const words = [...MASK_STYLES, ...more] as const;
  const rule = `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return z.union([z.enum(words), z.null().transform(() => 'null' as const)], {
    error: (issue) => (issue.input === undefined ? undefined : rule),
  });
};

export const fileReference = (what: string) =>
  z.strictObject({ file: text().describe('Path, relative to this configuration file.') }).describe(what);

export const secretSource = (what: string) =>
  z
    .strictObject({
      file: text()
        .optional()
        .describe(
          'A file whose content, without its last line break, is the secret. Read again when it changes.',
        ),
      env: text().optional().describe('An environment variable of the service.'),
      command: z
        .array(text())
        .min(1)
        .optional()
        .describe('A program and its arguments, run without a shell; its output is the secret.'),
      cacheFor: duration()
        .optional()
        .describe("How long a command's output is used before it is run again. Default 1m."),
    })
    .refine(
      (source) => [source.file, source.env, source.command].filter((each) => each !== undefined).length === 1,
      {
        error:
          'must name exactly one of file, env and command; a secret is never written into this file itself',
      },
    )
    .refine((source) => source.cacheFor === undefined || source.command !== undefined, {
      error: 'cacheFor belongs to command only',
      path: ['cacheFor'],
    })
    .describe(`${what} One of file, env, command.`);
