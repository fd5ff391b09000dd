/**
 * What a hostile client may say, at random and the same for the same seed: statements that carry values every way
 * that SQL has, the corpus's own attempts, in all formats, with and without descriptions, fetched in parts, in
 * pipelines, by COPY, cursors and prepared statements. Everything is rolled back.
 */
import type { LeakEntry, Step } from '../../ext-proc/leak-corpus/entry.ts';
import { wire } from '../../ext-proc/leak-corpus/entry.ts';
import { written, type Subject } from '../../ext-proc/leak-corpus/subject.ts';
import { randomFlow } from '../evasion/sql/lineage/random-flow.ts';
import type { Dice } from './message-dice.ts';

/** What one attempt sends, and its text for whoever reads a failure. */
export interface Attack {
  readonly steps: readonly Step[];
  readonly text: string;
}

export interface AttackSources {
  readonly entries: readonly LeakEntry[];
  readonly subject: Subject;
  /** The guess that entries are given; the same on both sides. */
  readonly guess: string;
}

const READS = /^\s*(?:SELECT|WITH|VALUES|TABLE|\()/i;

export function drawAttack(dice: Dice, sources: AttackSources): Attack {
  if (dice.chance(25)) {
    const entry = dice.of(sources.entries);
    return { steps: entry.steps(written(sources.subject), sources.guess), text: entry.name };
  }
  const statement = randomFlow((below) => dice.below(below));
  const way = dice.of(WAYS.filter(({ reads }) => !reads || READS.test(statement)));
  return { steps: ['BEGIN', ...way.steps(statement, dice), 'ROLLBACK'], text: `${way.name}: ${statement}` };
}

interface Way {
  readonly name: string;
  /** For queries only. */
  readonly reads: boolean;
  readonly steps: (statement: string, dice: Dice) => readonly Step[];
}

const batch = (...messages: Buffer[]): Step => ({ messages });

const WAYS: readonly Way[] = [
  { name: 'simple', reads: false, steps: (statement) => [statement] },
  { name: 'simple, several', reads: false, steps: (statement) => [`SELECT 1; ${statement}; SELECT 2`] },
  {
    name: 'described',
    reads: false,
    steps: (statement, dice) => [
      batch(
        wire.parse(statement),
        wire.bind({ resultFormats: formats(dice) }),
        wire.describePortal(),
        wire.execute(),
      ),
    ],
  },
  {
    name: 'undescribed',
    reads: false,
    steps: (statement, dice) => [
      batch(wire.parse(statement), wire.bind({ resultFormats: formats(dice) }), wire.execute()),
    ],
  },
  {
    name: 'prepared, run twice',
    reads: false,
    steps: (statement, dice) => [
      batch(wire.parse(statement, 's'), wire.describeStatement('s')),
      batch(wire.bind({ statement: 's', resultFormats: formats(dice) }), wire.execute()),
      batch(
        wire.bind({ statement: 's', resultFormats: formats(dice) }),
        wire.execute(),
        wire.closeStatement('s'),
      ),
    ],
  },
  {
    name: 'in parts',
    reads: false,
    steps: (statement, dice) => [
      batch(
        wire.parse(statement),
        wire.bind({ portal: 'p', resultFormats: formats(dice) }),
        wire.execute('p', 1 + dice.below(3)),
      ),
      batch(wire.execute('p', 1)),
      dice.chance(50) ? batch(wire.execute('p')) : 'FETCH ALL FROM p',
    ],
  },
  {
    name: 'pipeline',
    reads: false,
    steps: (statement, dice) => [
      batch(
        ...[wire.parse('SELECT 1'), wire.bind(), wire.describePortal(), wire.execute()],
        ...[wire.parse(statement), wire.bind({ resultFormats: formats(dice) }), wire.execute()],
        ...(dice.chance(50) ? [wire.flush()] : []),
        ...[wire.parse('SELECT 2'), wire.bind(), wire.execute()],
      ),
    ],
  },
  {
    name: 'PREPARE',
    reads: false,
    steps: (statement) => [`PREPARE s AS ${statement}`, 'EXECUTE s', 'DEALLOCATE s'],
  },
  {
    name: 'cursor',
    reads: true,
    steps: (statement, dice) => [
      `DECLARE c ${dice.of(['', 'BINARY ', 'SCROLL '])}CURSOR FOR ${statement}`,
      'FETCH 2 FROM c',
      dice.of(['MOVE 1 FROM c', 'FETCH NEXT FROM c', 'FETCH ALL FROM c']),
    ],
  },
  {
    name: 'COPY',
    reads: false,
    steps: (statement, dice) => [
      `COPY (${statement}) TO STDOUT${dice.of(['', ' (FORMAT csv)', " (FORMAT csv, FORCE_QUOTE *, DELIMITER ';')", ' (FORMAT binary)'])}`,
    ],
  },
  {
    name: 'view',
    reads: true,
    steps: (statement) => [
      `CREATE TEMP VIEW shown AS ${statement}`,
      'SELECT * FROM shown',
      'SELECT shown FROM shown',
    ],
  },
  {
    name: 'CREATE TABLE AS',
    reads: true,
    steps: (statement) => [`CREATE TEMP TABLE kept AS ${statement}`, 'TABLE kept', 'COPY kept TO STDOUT'],
  },
  { name: 'EXPLAIN', reads: false, steps: (statement) => [`EXPLAIN (COSTS off, VERBOSE) ${statement}`] },
  {
    name: 'error',
    reads: true,
    steps: (statement) => [`SELECT ('v' || q::text)::int FROM (${statement}) q`],
  },
  {
    name: 'error of a row',
    reads: true,
    steps: (statement) => [
      `SELECT q, 1 / (CASE WHEN q::text > '(b' THEN 0 ELSE 1 END) FROM (${statement}) q`,
    ],
  },
  {
    name: 'count',
    reads: true,
    steps: (statement) => [`SELECT count(DISTINCT q::text), max(length(q::text)) FROM (${statement}) q`],
  },
  {
    name: 'notice',
    reads: true,
    steps: (statement) => [
      `DO $do$ DECLARE r record; BEGIN FOR r IN ${statement} LOOP RAISE NOTICE '%', r; END LOOP; END $do$`,
    ],
  },
];

const formats = (dice: Dice): readonly (0 | 1)[] => dice.of([[], [], [0], [1]] as const);
