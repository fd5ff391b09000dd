/**
 * What a decision costs: one made before, one of an input not seen yet (small, and of 1.8 kB), the largest input that
 * is let in, and putting a bundle in force. Beside it OPA's own evaluator on the same rules and input, where `opa` is
 * there. `node bench/policy.ts`; writes bench/results/policy.json.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPolicyEngine } from '../ext-proc/adapters/opa-policy/engine.ts';
import { POLICY_INPUT_BYTES_MAX } from '../ext-proc/adapters/opa-policy/loaded-policy.ts';
import { findOpa } from '../ext-proc/cli/opa-command.ts';
import { POLICIES_DIRECTORY } from '../ext-proc/cli/policy.ts';
import type { PolicyInput } from '../ext-proc/domain/policy-input.ts';
import type { FunctionUse, RelationUse } from '../ext-proc/domain/statement.ts';
import {
  builtin,
  DEFAULT_BUNDLE,
  httpInput,
  mcpInput,
  PEOPLE,
  policyInput,
  QUIET,
} from '../test/support/policy.ts';
import { atMost, spread, table, targetTable, writeResults } from './support/report.ts';

const ROUNDS = 7;

const relation = (index: number): RelationUse => ({
  ...PEOPLE,
  name: `table_${index}`,
  qualified: `public.table_${index}`,
});
const relations = (from: number, count: number): readonly RelationUse[] =>
  Array.from({ length: count }, (_, index) => relation(from + index));

const functions = (from: number, count: number): readonly FunctionUse[] =>
  Array.from({ length: count }, (_, index) => builtin(`fn_${from + index}`));

const tables = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `public.table_${from + index}`);

const posting = (value: unknown): PolicyInput =>
  httpInput({ method: 'POST', body: { kind: 'json', complete: true, bytes: 200_000, value } });

const texts = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `text ${index}`);

/** Relations that bring an input to just under the limit. */
const LARGEST = Math.floor((POLICY_INPUT_BYTES_MAX - 2_000) / (JSON.stringify(relation(100_000)).length + 1));

const cases: readonly { name: string; count: number; input: (index: number) => PolicyInput }[] = [
  { name: 'decided before', count: 50_000, input: () => REPEATED },
  { name: 'new, one table', count: 5_000, input: (index) => policyInput({ relations: relations(index, 1) }) },
  {
    name: 'new, ten tables (1.8 kB)',
    count: 2_000,
    input: (index) => policyInput({ relations: relations(index, 10) }),
  },
  {
    name: 'new, 1,000 functions',
    count: 10,
    input: (index) => policyInput({ functions: functions(index * 1_000, 1_000) }),
  },
  {
    name: 'new, 5,000 unfiltered',
    count: 10,
    input: (index) => policyInput({ verb: 'DELETE', unfiltered: tables(index * 5_000, 5_000) }),
  },
  {
    name: 'new, 256 KiB',
    count: 10,
    input: (index) => policyInput({ relations: relations(100_000 + index, LARGEST) }),
  },
  {
    name: 'new, a GET',
    count: 5_000,
    input: (index) => httpInput({ path: `/people/${index}`, query: { limit: ['20'] } }),
  },
  {
    name: 'new, a JSON body of 200 kB',
    count: 10,
    input: (index) => posting(Object.fromEntries(texts(10_000).map((text, at) => [`${index}_${at}`, text]))),
  },
  {
    name: 'new, a tool call',
    count: 5_000,
    input: (index) => mcpInput({ tool: 'search_people', arguments: { term: `ann ${index}` } }),
  },
  {
    name: 'new, arguments of 200 kB',
    count: 10,
    input: (index) =>
      mcpInput({
        tool: 'search_people',
        arguments: { index, list: texts(10_000).map((text) => ({ text })) },
      }),
  },
];
const REPEATED = policyInput();

const engine = await createPolicyEngine({ bundleFile: DEFAULT_BUNDLE, log: QUIET });
engine.close();
const rounds: Record<string, number>[] = [];
let next = 0;
for (let round = 0; round < ROUNDS; round++) {
  const figures: Record<string, number> = {};
  for (const { name, count, input } of cases) {
    const inputs = Array.from({ length: count }, () => input(next++));
    const started = performance.now();
    for (const each of inputs) {
      const { verdict, reason } = engine.decide(each);
      const removes = 'statement' in each.action && each.action.statement?.verb === 'DELETE';
      if (verdict !== (removes ? 'deny' : 'allow')) throw new Error(reason);
    }
    figures[name] = ((performance.now() - started) * 1_000) / count;
  }
  const started = performance.now();
  (await createPolicyEngine({ bundleFile: DEFAULT_BUNDLE, log: QUIET })).close();
  figures['a bundle put in force'] = (performance.now() - started) * 1_000;
  rounds.push(figures);
}

const names = [...cases.map(({ name }) => name), 'a bundle put in force'];
const spreads = names.map((name) => ({
  name,
  ...spread(rounds.map((figures) => figures[name] ?? Number.NaN)),
}));
const rows = spreads.map(({ name, min, median, max }) => [name, min, median, max] as const);
const peer = await opaBench(policyInput());
console.log(
  table(
    ['µs', 'min', 'median', 'max'],
    peer === undefined ? rows : [...rows, ['OPA’s own evaluator, one table', '', peer, '']],
  ),
);
const medianOf = (name: string): number =>
  spreads.find((figure) => figure.name === name)?.median ?? Number.NaN;
const targets = [
  atMost('decided before, of a new one', medianOf('decided before') / medianOf('new, one table'), 0.2),
  // One thread decides for every session of a worker: the largest input must not be felt by the others.
  atMost('new, 256 KiB, ms', medianOf('new, 256 KiB') / 1_000, 20),
  atMost('new, 5,000 unfiltered, ms', medianOf('new, 5,000 unfiltered') / 1_000, 20),
  atMost('new, a JSON body of 200 kB, ms', medianOf('new, a JSON body of 200 kB') / 1_000, 20),
  atMost('new, arguments of 200 kB, ms', medianOf('new, arguments of 200 kB') / 1_000, 20),
  // Of a request only the rules of its own protocol are asked.
  atMost('new, a GET, of a statement', medianOf('new, a GET') / medianOf('new, one table'), 2),
  atMost('new, a tool call, of a statement', medianOf('new, a tool call') / medianOf('new, one table'), 2),
  atMost('new, 1,000 functions, ms', medianOf('new, 1,000 functions') / 1_000, 20),
  ...(peer === undefined
    ? []
    : [atMost('new, one table, of OPA’s own evaluator', medianOf('new, one table') / peer, 0.25)]),
];
console.log(targetTable(targets));
console.log(`resident memory: ${(process.memoryUsage.rss() / 1_048_576).toFixed(0)} MiB`);
writeResults('policy', { targets, rounds, figures: { spreads, opaEvaluatorUs: peer ?? null } });

/** Mean microseconds of `opa bench` on the same rules, data and input. */
async function opaBench(input: PolicyInput): Promise<number | undefined> {
  const opa = await findOpa().catch(() => undefined);
  if (opa === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  try {
    const file = join(folder, 'input.json');
    await writeFile(file, JSON.stringify(input));
    await writeFile(join(folder, 'data.json'), await readFile(join(DEFAULT_BUNDLE, 'data.json')));
    const folders = ['decision.rego', 'lib', 'postgres', 'http', 'mcp', 'testing'].flatMap((source) => [
      '--data',
      source,
    ]);
    const sources = [...folders, '--data', join(folder, 'data.json')];
    const args = ['bench', '--format', 'json', '--input', file, ...sources, 'data.gatehouse.decision'];
    const { ok, stdout } = await opa(args, POLICIES_DIRECTORY);
    if (!ok) return undefined;
    const { N, T } = JSON.parse(stdout) as { N: number; T: number };
    return T / N / 1_000;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
