/**
 * What of `masking` needs more than one key to judge, or the detectors themselves: kinds that nothing finds, patterns
 * that cannot be run in linear time, a style without its key. Pure, as cross-checks.ts, of which it is a part. Patterns
 * are compiled here only to vet them; the masker compiles its own.
 */
import { BUILT_IN_KINDS } from '../masking/finding.ts';
import { compileOperatorPattern } from '../masking/operator-pattern.ts';
import type { Finding } from './cross-checks.ts';
import type { KeyPath } from './problem.ts';
import { noSuch } from './problem.ts';
import type { RawConfig } from './schema.ts';

/** Everything that is wrong in `masking` by itself and with the upstreams. */
export function* maskingFindings({ masking, upstreams }: RawConfig): Iterable<Finding> {
  yield* detectorFindings(masking);
  yield* patternFindings(masking);
  for (const key of ['columns', 'fields'] as const) {
    const names = upstreams
      .filter(({ protocol }) => (protocol === 'postgres') === (key === 'columns'))
      .map(({ name }) => name);
    const of = key === 'columns' ? 'PostgreSQL upstream' : 'HTTP or MCP upstream';
    for (const [index, { upstream }] of masking[key].entries()) {
      if (upstream === undefined || names.includes(upstream)) continue;
      yield {
        path: ['masking', key, index, 'upstream'],
        message: noSuch(`${of} has this name`, upstream, names),
      };
    }
  }
  if (masking.key === undefined) {
    for (const path of hashedPaths(masking)) {
      yield {
        path,
        message:
          'is hash, which needs masking.key: 32 or more random bytes as text, such as `openssl rand -base64 48` prints',
      };
    }
  }
}

type Masking = RawConfig['masking'];

function* detectorFindings({ detectors, patterns }: Masking): Iterable<Finding> {
  const kinds = [...BUILT_IN_KINDS, ...patterns.map(({ name }) => name)];
  for (const kind of Object.keys(detectors)) {
    if (kinds.includes(kind)) continue;
    yield { path: ['masking', 'detectors', kind], message: noSuch('detector finds this kind', kind, kinds) };
  }
}

function* patternFindings({ patterns }: Masking): Iterable<Finding> {
  const seen = new Set<string>();
  for (const [index, { name, pattern, keywords, ignoreCase }] of patterns.entries()) {
    const path = ['masking', 'patterns', index] as const;
    if ((BUILT_IN_KINDS as readonly string[]).includes(name)) {
      yield {
        path: [...path, 'name'],
        message: `must not be that of a built-in kind: ${BUILT_IN_KINDS.join(', ')}`,
      };
      continue;
    }
    if (seen.has(name)) yield { path: [...path, 'name'], message: 'must be unique among patterns' };
    seen.add(name);
    const compiled = compileOperatorPattern({ name, pattern, keywords, ignoreCase });
    if (!compiled.ok) yield { path: [...path, 'pattern'], message: compiled.problem };
  }
}

/** Where the style hash is named. */
function* hashedPaths({ style, detectors, patterns, columns, fields }: Masking): Iterable<KeyPath> {
  if (style === 'hash') yield ['masking', 'style'];
  for (const [kind, each] of Object.entries(detectors)) {
    if (each === 'hash') yield ['masking', 'detectors', kind];
  }
  for (const [index, each] of patterns.entries()) {
    if (each.style === 'hash') yield ['masking', 'patterns', index, 'style'];
  }
  for (const [index, each] of columns.entries()) {
    if (each.style === 'hash') yield ['masking', 'columns', index, 'style'];
  }
  for (const [index, each] of fields.entries()) {
    if (each.style === 'hash') yield ['masking', 'fields', index, 'style'];
  }
}
