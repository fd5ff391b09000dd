/**
 * `gatehouse leak-me`: the corpus of ways out against a live target, and what came through. Owns the options and the
 * table; the target may be any server or proxy that speaks PostgreSQL's protocol.
 */
import type { Client } from 'pg';

import { GatehouseError } from '../domain/errors.ts';
import { chosenEntries } from '../leak-corpus/corpus.ts';
import { openOwner } from '../leak-corpus/owner-connection.ts';
import { markedSubject } from '../leak-corpus/marked-subject.ts';
import { plantSchema } from '../leak-corpus/planted-schema.ts';
import { runCorpus, type LeakResult } from '../leak-corpus/run-corpus.ts';
import { sampleSubjects } from '../leak-corpus/sample-subject.ts';
import type { Subject } from '../leak-corpus/subject.ts';
import { readTarget, type Target } from '../leak-corpus/target-url.ts';
import { WireSession } from '../leak-corpus/wire-session.ts';
import { table } from './table.ts';
import type { LineWriter } from './terminal.ts';

export interface LeakMeOptions {
  readonly target?: string;
  readonly json?: boolean;
  readonly only?: readonly string[];
  readonly list?: boolean;
  readonly setup?: string;
  readonly canary?: string;
  readonly mark?: readonly string[];
}

const DETAIL_CHARACTERS = 90;

/**
 * Resolves with the exit code: 0 where nothing leaked, 1 where something did. Throws `GH_LEAK_ME_TARGET`,
 * `GH_LEAK_ME_MARK`, `GH_LEAK_ME_SETUP` or `GH_LEAK_ME_CONNECT`.
 */
export async function leakMe(options: LeakMeOptions, write: LineWriter): Promise<number> {
  const entries = chosenEntries(options.only ?? []);
  if (entries.length === 0)
    throw new GatehouseError(
      'GH_LEAK_ME_ENTRY',
      `No entry is called ${options.only?.join(', ')}; --list has all.`,
    );
  if (options.list === true) {
    const rows = entries.map((entry) => [entry.name, entry.needs.join(', '), entry.why]);
    if (options.json === true)
      write(JSON.stringify(entries.map(({ name, why, needs }) => ({ name, why, needs }))));
    else for (const line of table(['entry', 'needs', 'defeats'], rows)) write(line);
    return 0;
  }
  if (options.target === undefined)
    throw new GatehouseError('GH_LEAK_ME_TARGET', 'Say what to try: --target postgres://user@host:5432/app.');
  const user = process.env['PGUSER'] ?? process.env['USER'] ?? 'postgres';
  const target = readTarget(options.target, { user, password: process.env['PGPASSWORD'] });
  const serverMajor = await greet(target);
  const ownerTarget =
    options.setup === undefined
      ? undefined
      : readTarget(options.setup, { user, password: process.env['GATEHOUSE_SETUP_PASSWORD'] });
  const owner = ownerTarget === undefined ? undefined : await openOwner(ownerTarget);
  try {
    const { subjects, drop } = await makeSubjects(options, owner);
    try {
      const results = await runCorpus({ target, owner: ownerTarget, entries, subjects, serverMajor });
      if (options.json === true) write(JSON.stringify(byEntry(results)));
      else for (const line of report(results)) write(line);
      return results.some((result) => result.leaked) ? 1 : 0;
    } finally {
      await drop();
    }
  } finally {
    await owner?.end();
  }
}

/** A target that is away keeps every secret: it is asked first. Resolves with its major version. */
async function greet(target: Target): Promise<number> {
  const session = await WireSession.open(target);
  session.close();
  const major = Number.parseInt(session.serverVersion, 10);
  return Number.isNaN(major) ? 0 : major;
}

async function makeSubjects(
  options: LeakMeOptions,
  owner: Client | undefined,
): Promise<{ subjects: readonly Subject[]; drop: () => Promise<void> }> {
  const nothing = async (): Promise<void> => undefined;
  const marks = options.mark ?? [];
  if (marks.length > 0) {
    const subjects: Subject[] = [];
    for (const mark of marks) subjects.push(await markedSubject(mark, owner));
    return { subjects, drop: nothing };
  }
  if (owner === undefined) return { subjects: sampleSubjects(), drop: nothing };
  if (options.canary !== undefined && options.canary !== 'card' && options.canary !== 'opaque')
    throw new GatehouseError('GH_LEAK_ME_SETUP', '--canary is card or opaque.');
  const planted = await plantSchema({ client: owner, canary: options.canary ?? 'card' });
  return { subjects: [planted.subject], drop: planted.drop };
}

interface EntryResult {
  readonly name: string;
  readonly leaked: boolean;
  /** Something was asked; false where nothing of what the entry needs is there. */
  readonly run: boolean;
  readonly columns: readonly LeakResult[];
}

function byEntry(results: readonly LeakResult[]): readonly EntryResult[] {
  const entries = new Map<string, LeakResult[]>();
  for (const result of results) entries.set(result.name, [...(entries.get(result.name) ?? []), result]);
  return [...entries].map(([name, columns]) => ({
    name,
    leaked: columns.some((result) => result.leaked),
    run: columns.some((result) => result.outcome !== 'not-run'),
    columns,
  }));
}

function report(results: readonly LeakResult[]): readonly string[] {
  const rows = results.map((result) => [
    result.leaked ? 'LEAKED' : result.outcome,
    result.name,
    result.column,
    oneLine(result.detail),
  ]);
  const count = (outcome: LeakResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  return [
    ...table(['outcome', 'entry', 'column', 'how, or what was said'], rows),
    '',
    `${count('leaked')} leaked, ${count('answered')} answered without the value, ${count('refused')} refused, ` +
      `${count('not-run')} not run`,
  ];
}

const oneLine = (text: string): string => {
  // What a target says may hold anything, a terminal's control sequences too.
  const plain = text.replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
  return plain.length > DETAIL_CHARACTERS ? `${plain.slice(0, DETAIL_CHARACTERS - 1)}…` : plain;
};
