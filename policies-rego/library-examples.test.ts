/** Each rule's example makes it fire, as `gatehouse doctor` tries it on an upstream of the rule's protocol. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { UpstreamConfig } from '../ext-proc/config/config.ts';
import { loadPolicyProbe } from '../ext-proc/adapters/opa-policy/probe.ts';
import { probeRules } from '../ext-proc/cli/doctor/rule-probes.ts';
import { changeBundle, copyBundle, DEFAULT_BUNDLE } from '../test/support/policy.ts';

/** These oblige, and object to nothing. */
const OBLIGING = [
  'http.masking.mask',
  'http.masking.remove',
  'http.masking.reveal',
  'http.masking.unreadable',
  'mcp.masking.mask',
  'mcp.masking.remove',
  'mcp.masking.reveal',
  'mcp.masking.unreadable',
  'postgres.masking.mask',
  'postgres.masking.reveal',
];
const PLACES: readonly Readonly<Record<string, string>>[] = [
  { env: 'dev' },
  { env: 'prod' },
  { env: 'dev', sensitivity: 'high' },
];

test('each rule has an example that makes it fire, in one environment or another', async () => {
  const { folder, dispose } = await copyBundle(DEFAULT_BUNDLE);
  try {
    const data = JSON.parse(await readFile(join(folder, 'data.json'), 'utf8')) as {
      settings: {
        postgres: { relations: { restricted: unknown }; held_writes: unknown };
        http: { arguments: unknown; held: unknown };
        mcp: { tools: { held: unknown } };
      };
    };
    // What the settings of the library leave empty.
    data.settings.postgres.relations.restricted = [{ relations: ['hr.*'], groups: ['hr'] }];
    data.settings.http.arguments = [{ paths: ['/people/*'], field: 'role', matches: '^admin$' }];
    data.settings.postgres.held_writes = [{ relations: ['public.people'] }];
    data.settings.http.held = [{ paths: ['/people/*'], methods: ['DELETE'] }];
    data.settings.mcp.tools.held = [{ tools: ['slow_*'] }];
    await changeBundle(folder, { data });
    const probe = await loadPolicyProbe(folder);
    const fired = ['postgres', 'http', 'mcp'].flatMap((protocol) =>
      PLACES.flatMap((labels) => {
        const upstream = { ...UPSTREAM, protocol: protocol as 'postgres', labels };
        return [...probeRules(probe, upstream)].flatMap(([{ id }, { kind }]) =>
          kind === 'fires' ? [id] : [],
        );
      }),
    );
    const all = probe.manifest.rules.map(({ id }) => id);
    expect([...new Set(fired)].toSorted()).toEqual(all.filter((id) => !OBLIGING.includes(id)));
    expect(all).toEqual(expect.arrayContaining(OBLIGING));
  } finally {
    await dispose();
  }
});

test.each([
  [
    'http',
    { env: 'dev' },
    {
      'http.environment.protected_write': 'upstreams with env: prod',
      'http.body.unread': 'upstreams with sensitivity: high',
    },
  ],
  [
    'http',
    { env: 'prod', sensitivity: 'high' },
    { 'http.access.capability': 'upstreams with another label env' },
  ],
  ['mcp', { env: 'dev' }, { 'mcp.tool.protected': 'upstreams with env: prod' }],
  ['mcp', { env: 'prod' }, {}],
])(
  'on an upstream of %s with %j all fire but those that are about other labels',
  async (protocol, labels, others) => {
    const probe = await loadPolicyProbe(DEFAULT_BUNDLE);
    const upstream = { ...UPSTREAM, protocol: protocol as 'postgres', labels };
    const outcomes = [...probeRules(probe, upstream)];
    const elsewhere = outcomes.flatMap(([{ id }, outcome]) =>
      outcome.kind === 'elsewhere' ? [[id, outcome.why] as const] : [],
    );
    expect(Object.fromEntries(elsewhere)).toEqual(others);
    const rest = outcomes
      .filter(([, { kind }]) => kind !== 'elsewhere' && kind !== 'fires')
      .map(([{ id }]) => id);
    const unprobed = OBLIGING.filter((id) => id.startsWith(protocol));
    // These look for what settings name.
    const unnamed =
      protocol === 'http'
        ? ['http.approval.held_request', 'http.body.arguments']
        : ['mcp.approval.held_tool'];
    expect(rest).toEqual([...unnamed, ...unprobed]);
  },
);

test('a rule that is about another upstream by name says which, and fires there', async () => {
  const probe = await loadPolicyProbe(DEFAULT_BUNDLE);
  const outcome = (name: string) =>
    [...probeRules(probe, { ...UPSTREAM, name, labels: { env: 'dev' } })].find(
      ([{ id }]) => id === 'postgres.approval.held_write',
    )?.[1];
  expect(outcome('app')).toEqual({ kind: 'elsewhere', why: 'the upstream sample' });
  expect(outcome('sample')).toEqual({ kind: 'fires', holds: true });
});

const UPSTREAM: UpstreamConfig = {
  name: 'app',
  protocol: 'postgres',
  address: { host: '127.0.0.1', port: 5432 },
  tls: { mode: 'verify-full', ca: undefined, serverName: 'localhost' },
  labels: {},
  databases: undefined,
  reportOnly: false,
  credentials: [{ groups: ['*'], user: 'app', password: undefined }],
  catalogue: undefined,
  serviceAddress: undefined,
};
