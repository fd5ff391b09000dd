import { describe, expect, it } from 'vitest';
import { closest, ConfigError, formatPath } from './problem.ts';

describe('closest', () => {
  const keys = ['name', 'protocol', 'address', 'upstream', 'tls', 'limits', 'unauthenticatedPerSource'];
  it.each([
    ['upstraem', 'upstream'],
    ['Address', 'address'],
    ['adress', 'address'],
    ['limit', 'limits'],
    ['tsl', 'tls'],
    ['unauthentictedPerSource', 'unauthenticatedPerSource'],
  ])('takes %s for %s', (word, meant) => expect(closest(word, keys)).toBe(meant));

  it.each(['frobnicate', 'x', 'host', ''])('takes %j for nothing', (word) =>
    expect(closest(word, keys)).toBeUndefined(),
  );
});

it('formatPath writes lists, and keys that are no words, as a person would look for them', () => {
  expect(formatPath(['upstreams', 0, 'labels', 'cost centre'])).toBe('upstreams[0].labels["cost centre"]');
  expect(formatPath([])).toBe('');
});

it('an error has a line a problem, and a text for others that says nothing of the file', () => {
  const error = new ConfigError('GH_CONFIG_INVALID', '/etc/g.yaml', [
    { path: 'a', line: 1, column: 2, message: 'is wrong' },
    { path: '', line: 0, column: 0, message: 'is unreadable' },
  ]);
  expect(error.message).toBe('/etc/g.yaml:1:2: a: is wrong\n/etc/g.yaml: is unreadable');
  expect(error.publicMessage).not.toContain('/etc');
});
