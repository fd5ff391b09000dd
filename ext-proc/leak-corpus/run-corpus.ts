/**
 * Runs entries of the corpus against a target and says of each whether it leaked. Owns the verdict: an answer that
 * was not had is never a kept secret.
 */
import { attempt, type Way } from './attempt.ts';
import { Disclosure } from './disclosure.ts';
import type { LeakEntry } from './entry.ts';
import type { Received } from './received.ts';
import { written, wrongGuess, type Subject, type Written } from './subject.ts';

const AT_ONCE = 4;

export interface LeakResult {
  readonly name: string;
  readonly leaked: boolean;
  /** `schema.table.column` that was asked for. */
  readonly column: string;
  /**
   * `leaked`; `answered`: rows or words came, without the value; `refused`: with an error; `not-run`: the target or
   * the subject has not what the entry needs.
   */
  readonly outcome: 'leaked' | 'answered' | 'refused' | 'not-run';
  /** The form that it came in, what the target said, or what was missing. */
  readonly detail: string;
}

export interface CorpusRun extends Way {
  readonly entries: readonly LeakEntry[];
  readonly subjects: readonly Subject[];
  /** The target's major version. */
  readonly serverMajor: number;
  readonly onResult?: (result: LeakResult) => void;
}

/** In the order of entries, then of subjects. Throws `GH_LEAK_ME_CONNECT` where the target is lost. */
export async function runCorpus(run: CorpusRun): Promise<readonly LeakResult[]> {
  const jobs = run.entries.flatMap((entry) => run.subjects.map((subject) => ({ entry, subject })));
  const results: LeakResult[] = Array.from({ length: jobs.length });
  const disclosures = new Map(run.subjects.map((subject) => [subject, new Disclosure(subject.secrets)]));
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < jobs.length; at = next++) {
      const { entry, subject } = jobs[at] as (typeof jobs)[number];
      const result = await tryEntry(run, entry, subject, disclosures.get(subject) as Disclosure);
      results[at] = result;
      run.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

async function tryEntry(
  run: CorpusRun,
  entry: LeakEntry,
  subject: Subject,
  disclosure: Disclosure,
): Promise<LeakResult> {
  const about = { name: entry.name, column: `${subject.schema}.${subject.relation}.${subject.column}` };
  const missing = whatIsMissing(run, entry, subject);
  if (missing !== undefined) return { ...about, leaked: false, outcome: 'not-run', detail: missing };
  const w = written(subject);
  const ask = (guess: string): Promise<Received> => attempt(run, entry.steps(w, guess));
  const wrong = await ask(wrongGuess(w.first.value));
  const form =
    entry.told.by === 'answers'
      ? await asGuess(wrong, () => ask(w.first.value))
      : found(entry, wrong, w, disclosure);
  if (form !== undefined) return { ...about, leaked: true, outcome: 'leaked', detail: form };
  const refusal = wrong.refusal();
  return {
    ...about,
    leaked: false,
    outcome: refusal === undefined ? 'answered' : 'refused',
    detail: refusal ?? '',
  };
}

function found(entry: LeakEntry, received: Received, w: Written, disclosure: Disclosure): string | undefined {
  if (entry.told.by === 'knowledge') return entry.told.shows(received, w) ? 'the answer knows it' : undefined;
  const form = disclosure.find(received);
  if (form !== undefined || entry.told.by !== 'bytes' || entry.told.decode === undefined) return form;
  for (const text of entry.told.decode(received, w)) {
    const decoded = disclosure.findIn(text);
    if (decoded !== undefined) return `${decoded}, decoded`;
  }
  return undefined;
}

/** The true value is asked with twice: a target that answers at random is not one that tells. */
async function asGuess(wrong: Received, askTrue: () => Promise<Received>): Promise<string | undefined> {
  const first = await askTrue();
  if (first.answer() === wrong.answer()) return undefined;
  const second = await askTrue();
  if (
    first.answer() === second.answer() ||
    (first.shape() === second.shape() && first.shape() !== wrong.shape())
  )
    return 'the answer confirms a guess';
  return undefined;
}

function whatIsMissing(run: CorpusRun, entry: LeakEntry, subject: Subject): string | undefined {
  // A target that hides its version is asked everything.
  if (entry.since !== undefined && run.serverMajor > 0 && run.serverMajor < entry.since)
    return `PostgreSQL ${entry.since}`;
  for (const need of entry.needs) {
    if (need === 'objects' && subject.objects === undefined) return 'views and functions of --setup';
    if (need === 'plain' && subject.plain === undefined) return 'a second table';
    if (need === 'owner' && run.owner === undefined) return 'a session of --setup';
    if (need === 'digits' && !/^[1-9]\d*$/.test(subject.rows[0]?.value ?? '')) return 'a value of digits';
  }
  return undefined;
}
