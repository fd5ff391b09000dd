import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { GatehouseConfig } from './config.ts';
import { loadConfig, parseConfig } from './load.ts';
import { ConfigError } from './problem.ts';

const GOOD = `version: 1
listeners:
  - name: pg
    protocol: postgres
    address: 127.0.0.1:6432
    upstream: sample
    plaintext: loopback-development
upstreams:
  - name: sample
    protocol: postgres
    address: 127.0.0.1:5432
    credentials:
      - groups: [developers]
        user: app
        password: { env: APP_PASSWORD }
issuers:
  - issuer: http://127.0.0.1:9000
    audience: gatehouse
    algorithms: [ES256]
policy:
  bundle: { file: policy/bundle.tar.gz }
`;

const read = (text: string, file = '/etc/gatehouse/gatehouse.yaml'): GatehouseConfig =>
  parseConfig(text, file, { cores: 3, runtimeDirectory: '/run/user/1' });

/** The problems, as `line:column path: message`. */
function problems(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
  }
  return [];
}

/** GOOD with one text replaced. */
const changed = (from: string, to: string): readonly string[] => {
  if (!GOOD.includes(from)) throw new Error(`GOOD has no ${from}`);
  return problems(GOOD.replace(from, to));
};

describe('a good file', () => {
  it('gives values: milliseconds, bytes, split addresses, absolute paths, defaults', () => {
    const config = read(GOOD);
    expect(config.service).toMatchObject({
      workers: 3,
      stateDirectory: '/etc/gatehouse/.gatehouse',
      socketDirectory: '/etc/gatehouse/.gatehouse/run',
      drainTimeoutMs: 30_000,
      metricsAddress: { host: '127.0.0.1', port: 9464 },
    });
    expect(config.listeners[0]).toMatchObject({
      plaintextAllowed: true,
      limits: { handshakeTimeoutMs: 10_000 },
    });
    expect(config.upstreams[0]?.tls).toEqual({ mode: 'verify-full', ca: undefined, serverName: '127.0.0.1' });
    expect(config.policy.bundle.file).toBe('/etc/gatehouse/policy/bundle.tar.gz');
    expect(config.audit.journal).toEqual({
      directory: '/etc/gatehouse/.gatehouse/journal',
      segmentBytes: 67_108_864,
      bytesMax: 8_589_934_592,
    });
  });

  it("takes a short socket directory where the state directory's path is too long for sockets", () => {
    const { service } = read(GOOD, `/${'long/'.repeat(30)}gatehouse.yaml`);
    expect(service.socketDirectory).toMatch(/^\/run\/user\/1\/gatehouse-[0-9a-f]{12}$/);
  });
});

describe('what is wrong is named with its key, its place and what is right', () => {
  it('an unknown key, with the one that was meant', () => {
    expect(changed('    upstream: sample', '    upstraem: sample\n    upstream: sample')).toEqual([
      '6:5 listeners[0].upstraem: unknown key; did you mean upstream? Allowed here: name, protocol, address, upstream, tls, plaintext, limits',
    ]);
  });

  it('an unknown key that nothing is like', () => {
    expect(changed('policy:\n', 'policy:\n  frobnicate: 1\n')).toEqual([
      '21:3 policy.frobnicate: unknown key. Allowed here: bundle, reportOnly',
    ]);
  });

  it('a missing key, at the mapping it belongs to', () => {
    expect(changed('    audience: gatehouse\n', '')).toEqual([
      '17:5 issuers[0].audience: is missing; it must be a text',
    ]);
  });

  it('a wrong type, a wrong form and a wrong word', () => {
    expect(
      changed('version: 1\n', 'version: 1\nservice: { drainTimeout: 30, workers: 0, stateDirectory: [] }\n'),
    ).toEqual([
      '2:12 service.drainTimeout: must be a duration such as 500ms, 30s, 5m or 1h',
      '2:30 service.workers: must be at least 1',
      '2:42 service.stateDirectory: must be a text',
    ]);
    expect(changed('protocol: postgres\n    address: 127.0.0.1:5432', 'protocol: mysql')).toEqual([
      '10:5 upstreams[0].protocol: must be postgres, http or mcp',
    ]);
    expect(
      changed(
        'protocol: postgres\n    address: 127.0.0.1:5432',
        'protocol: postgres\n    address: 127.0.0.1',
      ),
    ).toEqual([
      '11:5 upstreams[0].address: must be an address such as 127.0.0.1:5432, db.example.com:5432 or [::1]:5432',
    ]);
  });

  it("every problem of the file at once, in the file's order", () => {
    const found = problems(
      GOOD.replace('version: 1', 'version: 2').replace('groups: [developers]', 'groups: []'),
    );
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(/^1:1 version: must be 1/);
    expect(found[1]).toMatch(/^13:9 upstreams\[0\]\.credentials\[0\]\.groups: must have at least 1 entry$/);
  });

  it('what is not YAML, a duplicate key, and an unknown tag', () => {
    expect(problems('version: [1\n')[0]).toMatch(/^\d+:\d+ : not valid YAML/);
    expect(problems(`${GOOD}version: 1\n`)[0]).toMatch(/^22:1 : not valid YAML: .*unique/);
    expect(problems(GOOD.replace('audience: gatehouse', 'audience: !env AUDIENCE'))[0]).toMatch(
      /^18:15 : not valid YAML/,
    );
  });

  it('a file that is empty', () => {
    expect(problems('')).toEqual(['1:1 : must be a mapping of keys']);
  });

  it('never repeats a value, which may be a secret in the wrong place', () => {
    const found = changed('password: { env: APP_PASSWORD }', 'password: hunter2');
    expect(found).toEqual(['15:9 upstreams[0].credentials[0].password: must be a mapping of keys']);
    expect(changed('{ env: APP_PASSWORD }', '{ value: hunter2 }').join()).not.toContain('hunter2');
  });
});

describe('secrets', () => {
  it('come from exactly one of file, env and command', () => {
    const message =
      '15:9 upstreams[0].credentials[0].password: must name exactly one of file, env and command; a secret is never written into this file itself';
    expect(changed('{ env: APP_PASSWORD }', '{ env: A, file: b }')).toEqual([message]);
    expect(changed('{ env: APP_PASSWORD }', '{}')).toEqual([message]);
  });

  it('may be a command with its own cache time', () => {
    const text = GOOD.replace('{ env: APP_PASSWORD }', '{ command: [pass, show, app], cacheFor: 5m }');
    expect(read(text).upstreams[0]?.credentials[0]?.password).toEqual({
      command: ['pass', 'show', 'app'],
      cacheForMs: 300_000,
    });
    expect(changed('{ env: APP_PASSWORD }', '{ env: A, cacheFor: 5m }')[0]).toMatch(
      /cacheFor: cacheFor belongs to command only$/,
    );
  });
});

describe('what must be safe', () => {
  it('refuses plaintext beside any address but loopback', () => {
    expect(changed('127.0.0.1:6432', '0.0.0.0:6432')[0]).toMatch(
      /^7:5 listeners\[0\]\.plaintext: is for a loopback address alone/,
    );
  });

  it('refuses a listener with neither TLS nor the word for plaintext', () => {
    expect(changed('    plaintext: loopback-development\n', '')[0]).toMatch(/^3:5 listeners\[0\]: needs tls/);
  });

  it.each(['none', 'HS256', 'HS512', 'RS1', 'es256'])('refuses the token algorithm %s', (algorithm) => {
    expect(changed('[ES256]', `[ES256, ${algorithm}]`)[0]).toMatch(
      /^19:25 issuers\[0\]\.algorithms\[1\]: must be one of ES256/,
    );
  });

  it('refuses an issuer, its keys and ClickHouse over plain http, except on loopback', () => {
    expect(changed('http://127.0.0.1:9000', 'http://login.example.com')[0]).toMatch(
      /issuer: must be an https URL/,
    );
    expect(changed('    audience:', '    jwksUri: http://login.example.com/keys\n    audience:')[0]).toMatch(
      /jwksUri: must be an https URL/,
    );
    expect(
      changed('policy:\n', 'audit: { clickhouse: { url: http://ch.example.com:8123 } }\npolicy:\n')[0],
    ).toMatch(/url: must be an https URL/);
    expect(changed('http://127.0.0.1:9000', 'http://[::1]:9000')).toEqual([]);
  });

  it('refuses admin and metrics on any address but loopback', () => {
    const found = changed(
      'version: 1\n',
      'version: 1\nservice: { metricsAddress: 0.0.0.0:9464 }\nenvoy: { adminAddress: 10.0.0.1:9901 }\n',
    );
    expect(found[0]).toMatch(/^2:12 service\.metricsAddress: must be on loopback/);
    expect(found[1]).toMatch(/^3:10 envoy\.adminAddress: must be on loopback/);
  });

  it('refuses a CA that would verify nothing', () => {
    expect(
      changed('    credentials:', '    tls: { mode: require, ca: { file: ca.crt } }\n    credentials:')[0],
    ).toMatch(/tls\.ca: has no effect with mode require.*set mode: verify-full/);
  });
});

describe('what must fit together', () => {
  it('a listener and its upstream', () => {
    expect(changed('upstream: sample', 'upstream: smaple')).toEqual([
      '6:5 listeners[0].upstream: no upstream has this name; did you mean sample? There are: sample',
    ]);
  });

  it('names', () => {
    const twice = GOOD.replace(
      'upstreams:\n',
      'upstreams:\n  - { name: sample, protocol: postgres, address: "a:1", credentials: [{ groups: ["*"], user: a }] }\n',
    );
    expect(problems(twice)).toEqual([
      '10:5 upstreams[1].name: must be unique; upstreams[0] has the same name',
    ]);
  });

  it('addresses', () => {
    expect(changed('127.0.0.1:6432', 'localhost:9901')).toEqual([
      '5:5 listeners[0].address: collides with envoy.adminAddress, which listens on 127.0.0.1:9901 already',
    ]);
  });

  it('the address of the console with the others', () => {
    const approvals = `approvals:
  key: { env: APPROVALS_KEY }
  console:
    address: 127.0.0.1:6432
    publicUrl: http://127.0.0.1:6432
    login: { issuer: "http://127.0.0.1:9000", clientId: console }
    roles: { reviewer: [reviewers] }
`;
    expect(problems(GOOD + approvals)).toEqual([
      '5:5 listeners[0].address: collides with approvals.console.address, which listens on 127.0.0.1:6432 already',
    ]);
  });

  it('credentials, of which the first match is used', () => {
    const entry = '      - { groups: [developers], user: other }\n';
    expect(changed('issuers:', `${entry}issuers:`)[0]).toMatch(
      /^16:11 upstreams\[0\]\.credentials\[1\]\.groups: is never used/,
    );
  });

  it('limits', () => {
    expect(
      changed('    plaintext:', '    limits: { unauthenticatedPerSource: 65 }\n    plaintext:')[0],
    ).toMatch(/unauthenticatedPerSource: must not be above unauthenticatedMax \(64\)/);
  });

  it("the socket directory and the length of a socket's path", () => {
    expect(
      changed('version: 1\n', `version: 1\nservice: { socketDirectory: /${'a'.repeat(100)} }\n`)[0],
    ).toMatch(/^2:12 service\.socketDirectory: is too long: .* 107 is the most/);
  });

  it('a remote service and what only it needs', () => {
    const remote =
      'version: 1\nservice: { workers: 2, remote: { address: "gate:7000", anchorAddress: "gate:7900", certificate: { file: a }, key: { file: b }, clientCa: { file: c } } }\n';
    expect(changed('version: 1\n', remote)[0]).toMatch(/^1:1 envoy: needs serviceTls/);
    expect(changed('version: 1\n', remote.replace('workers: 2, ', '')).join()).toMatch(
      /service\.workers: must be a number/,
    );
    const apart =
      'envoy: { serviceTls: { certificate: { file: a/tls.crt }, key: { file: b/tls.key }, ca: { file: ca }, serverName: gate } }\n';
    expect(changed('version: 1\n', remote + apart).join()).toMatch(
      /envoy\.serviceTls\.key: must be in the directory of the certificate/,
    );
    expect(changed('    credentials:', '    serviceAddress: 10.0.0.1:1\n    credentials:')[0]).toMatch(
      /serviceAddress: has a meaning only with service\.remote/,
    );
  });
});

describe('loadConfig', () => {
  let directory: string | undefined;
  afterEach(async () => {
    if (directory !== undefined) await rm(directory, { recursive: true });
    directory = undefined;
  });

  it('reads a file, and says in one text what is wrong with it, a line a problem', async () => {
    directory = await mkdtemp(join(tmpdir(), 'gh-config-'));
    const file = join(directory, 'gatehouse.yaml');
    await writeFile(file, GOOD);
    expect((await loadConfig(file)).file).toBe(file);
    await writeFile(file, GOOD.replace('version: 1', 'version: 2'));
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'GH_CONFIG_INVALID',
      message: `${file}:1:1: version: must be 1, the one version there is`,
    });
  });

  it('says which file cannot be read', async () => {
    await expect(loadConfig('/nowhere/gatehouse.yaml')).rejects.toMatchObject({
      code: 'GH_CONFIG_UNREADABLE',
      message: expect.stringMatching(/^\/nowhere\/gatehouse\.yaml: cannot be read: .*ENOENT/) as unknown,
    });
  });

  it('refuses bytes that are not UTF-8', async () => {
    directory = await mkdtemp(join(tmpdir(), 'gh-config-'));
    const file = join(directory, 'gatehouse.yaml');
    await writeFile(file, Buffer.from([0x76, 0xff, 0xfe]));
    await expect(loadConfig(file)).rejects.toMatchObject({ code: 'GH_CONFIG_UNREADABLE' });
  });
});
