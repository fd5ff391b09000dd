/**
 * Rounds of what one core does: bytes for each second of the process's own CPU, whoever else works on the machine.
 * Subjects take turns within a round, and the order turns with the round, so that nobody has the quiet minute alone.
 */
import { type Spread, spread } from '../support/report.ts';

export interface Subject {
  readonly name: string;
  /** One walk over all of its bytes; says how many they were. */
  readonly walk: () => number;
}

export interface Rounds {
  /** MB/s of each subject, by name, round by round. */
  readonly rounds: readonly Readonly<Record<string, number>>[];
  readonly spreads: ReadonlyMap<string, Spread>;
}

const BYTES_OF_MB = 1_000_000;

export function cpuRounds(
  subjects: readonly Subject[],
  { rounds: count, roundMs }: { rounds: number; roundMs: number },
): Rounds {
  for (const subject of subjects) rate(subject, roundMs);
  const rounds = Array.from({ length: count }, (_, index) => {
    const first = index % subjects.length;
    const turned = [...subjects.slice(first), ...subjects.slice(0, first)];
    return Object.fromEntries(turned.map((subject) => [subject.name, rate(subject, roundMs)]));
  });
  const spreads = new Map(
    subjects.map(({ name }) => [name, spread(rounds.map((round) => round[name] as number))]),
  );
  return { rounds, spreads };
}

function rate({ walk }: Subject, roundMs: number): number {
  let bytes = 0;
  let elapsedUs = 0;
  const start = process.cpuUsage();
  while (elapsedUs < roundMs * 1e3) {
    bytes += walk();
    const { user, system } = process.cpuUsage(start);
    elapsedUs = user + system;
  }
  return bytes / BYTES_OF_MB / (elapsedUs / 1e6);
}
