/** What every bench writes: `bench/results/<name>.json`, one form for all, and a table of the rounds on the screen. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

export interface TargetResult {
  readonly name: string;
  readonly value: number;
  readonly target: number;
  readonly met: boolean;
}

/** A claim: the median of a figure against its target. */
export function atLeast(name: string, value: number, target: number): TargetResult {
  return { name, value: rounded(value), target, met: value >= target };
}

export function atMost(name: string, value: number, target: number): TargetResult {
  return { name, value: rounded(value), target, met: value <= target };
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

export function writeResults(
  name: string,
  results: {
    readonly targets: readonly TargetResult[];
    readonly rounds: readonly unknown[];
    readonly figures?: unknown;
  },
): void {
  const directory = new URL('../results/', import.meta.url);
  mkdirSync(directory, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
  };
  writeFileSync(
    new URL(`${name}.json`, directory),
    `${JSON.stringify({ ...results, machine }, undefined, 2)}\n`,
  );
}

/** Columns padded to their widest cell; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [
    header,
    ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? shown(cell) : cell))),
  ];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

export function targetTable(targets: readonly TargetResult[]): string {
  return table(
    ['target', 'value', 'goal', ''],
    targets.map(({ name, value, target, met }) => [name, value, target, met ? 'met' : 'MISSED']),
  );
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3);
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
