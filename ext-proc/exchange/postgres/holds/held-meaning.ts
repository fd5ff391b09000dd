/**
 * What a held text is bound to beside its own bytes: what its names stand for, and which texts are of the same kind.
 * Owns what counts as the same; where that cannot be told, nothing is the same.
 */
import { createHash } from 'node:crypto';
import { canonicalForm } from '../../../domain/canonical.ts';
import type { RelationName } from '../../../domain/ports.ts';
import type { StatementDescription } from '../../../domain/statement.ts';
import type { SessionContext } from '../session-context.ts';
import type { JudgedText } from './judged-text.ts';

/** Relations whose definition is looked at; a text that uses more is looked at with everything that there is. */
const RELATIONS_MAX = 200;

/** The text of the action digest: names that are executed stand for texts, which no text itself can imitate. */
export const digestText = ({ text, executes }: JudgedText): string =>
  [text, ...executes.flatMap(({ name, statement }) => [name, statement.text])].join('\0');

/** What the catalogue's fingerprint is to cover. */
export function usedRelations({ judgements }: JudgedText): readonly RelationName[] | 'all' {
  const found = new Map<string, RelationName>();
  for (const { statement } of judgements) {
    for (const description of withInner(statement.description)) {
      if (!description.complete) return 'all';
      for (const { schema, name, resolved, through } of description.relations) {
        if (!resolved) return 'all';
        found.set(JSON.stringify([schema, name]), { schema, name });
        for (const qualified of through) {
          const [first, second, ...more] = qualified.split('.');
          // A name with a dot of its own.
          if (first === undefined || second === undefined || more.length > 0) return 'all';
          found.set(JSON.stringify([first, second]), { schema: first, name: second });
        }
      }
    }
  }
  return found.size > RELATIONS_MAX ? 'all' : [...found.values()];
}

export interface MeaningOptions {
  /** Of the catalogue. */
  readonly fingerprint: string;
  /** What the session has made beside it. */
  readonly own: readonly string[];
}

/** SHA-256, hex: what the catalogue says, what the gate made of it, and what of the session gives it its meaning. */
export function meaningDigest(
  judged: JudgedText,
  context: SessionContext,
  { fingerprint, own }: MeaningOptions,
): string {
  return sha256(
    canonicalForm('postgres-meaning/2', [
      ['catalogue', fingerprint],
      ['statements', judged.judgements.map(({ statement }) => JSON.stringify(statement.description))],
      ['settings', context.valueSettings],
      ['made', context.settings.made.flat()],
      ['own', own],
    ]),
  );
}

/**
 * The same for texts that differ in their literals alone, and mean the same by everything else. Empty where that cannot
 * be told: where a literal may be code, or a name may stand for anything.
 */
export function similarKey({ judgements }: JudgedText, context: SessionContext): string {
  const descriptions = judgements.map(({ statement }) => statement.description);
  if (descriptions.some((each) => withInner(each).some(literalsMatter))) return '';
  const meaning = canonicalForm('postgres-similar/1', [
    ['database', context.identity.database],
    ['role', context.role],
    ['search_path', context.searchPath ?? null],
    ['statements', descriptions.map((each) => JSON.stringify(each))],
  ]);
  const [{ fingerprint } = { fingerprint: '' }] = descriptions;
  return `${fingerprint}-${sha256(meaning)}`;
}

const OPAQUE_VERBS: ReadonlySet<string> = new Set(['DO', 'CALL', 'EXECUTE', 'FETCH', 'MOVE', 'UNKNOWN']);

const literalsMatter = ({
  complete,
  verb,
  defines,
  functions,
  fingerprint,
  setting,
}: StatementDescription): boolean =>
  !complete ||
  defines ||
  setting !== undefined ||
  fingerprint === '' ||
  OPAQUE_VERBS.has(verb) ||
  functions.some(({ schema }) => schema !== 'pg_catalog');

/** Statements whose words alone do not say what they do: another session, or the same one later, runs something else. */
const BY_SESSION_VERBS: ReadonlySet<string> = new Set(['EXECUTE', 'FETCH', 'MOVE', 'CLOSE', 'DEALLOCATE']);

/** Whether it means the same in any session that has the same names, settings and state of its transaction. */
export const meansTheSameAnywhere = ({ judgements }: JudgedText): boolean =>
  judgements.every(({ statement }) => {
    const { complete, verb } = statement.description;
    return complete && !BY_SESSION_VERBS.has(verb);
  });

export function withInner(description: StatementDescription): readonly StatementDescription[] {
  const all: StatementDescription[] = [];
  for (let each: StatementDescription | undefined = description; each !== undefined; each = each.inner)
    all.push(each);
  return all;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
