import { expect, test } from 'vitest';

import { parseConfig } from './load.ts';
import type { ConfigError } from './problem.ts';

const GOOD = `version: 1
listeners:
  - name: apis
    protocol: http
    address: 127.0.0.1:8443
    tls: { certificate: { file: a.crt }, key: { file: a.key } }
    routes: [{ name: people, upstream: people }]
upstreams:
  - name: people
    protocol: http
    address: 127.0.0.1:3000
    tls: { mode: disable }
    credentials: [{ groups: ['*'], none: true }]
issuers: [{ issuer: 'https://issuer', audience: gatehouse, algorithms: [ES256] }]
policy: { bundle: { file: bundle } }
approvals:
  key: { file: approvals.key }
  notifications:
    - name: chat
      kind: slack
      url: https://hooks.slack.com/services/x
      secret: { file: slack }
      users: { U1: { subject: bob@example.com } }
`;
const read = (text: string) =>
  parseConfig(text, '/etc/gatehouse.yaml', { cores: 1, runtimeDirectory: '/run' });
const problems = (...changes: readonly (readonly [from: string, to: string])[]): readonly string[] => {
  let text = GOOD;
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  try {
    read(text);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ path, message }) => `${path}: ${message}`);
  }
};

test('who decides from a channel is in its users, with nothing that is not said', () => {
  expect(read(GOOD).approvals?.notifications[0]?.users).toEqual(
    new Map([['U1', { subject: 'bob@example.com', groups: [], accounts: [], person: undefined }]]),
  );
});

test('where an issuer tells persons, somebody without one is refused: it could be the requester', () => {
  const claims = ['algorithms: [ES256] }', 'algorithms: [ES256], claims: { person: employee } }'] as const;
  expect(problems(claims)).toEqual([expect.stringContaining('person: is missing')]);
  expect(problems(claims, ['subject: bob@example.com', "subject: bob@example.com, person: '7'"])).toEqual([]);
});

test('where nothing can be proven nobody decides', () => {
  expect(problems(['      secret: { file: slack }\n', ''])).toEqual([
    expect.stringContaining('needs a secret'),
  ]);
  expect(problems(['kind: slack', 'kind: teams'])).toEqual([
    expect.stringContaining('nothing can be decided there'),
  ]);
  expect(problems(['kind: slack', 'kind: webhook'], ['      secret: { file: slack }\n', ''])).toContainEqual(
    expect.stringContaining('a webhook is signed with it'),
  );
});

test('a subject is required', () => {
  expect(problems(['{ subject: bob@example.com }', '{ groups: [developers] }'])).toHaveLength(1);
});
