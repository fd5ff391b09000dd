/** The doctor at a real gate for HTTP: healthy, and with one part after another broken. */
import { createServer, type Server } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatEnvoy, renderEnvoy } from '../envoy/render/bootstrap.ts';
import { examine } from '../ext-proc/cli/doctor.ts';
import { certificates } from '../ext-proc/cli/doctor/certificates.ts';
import type { Check } from '../ext-proc/cli/doctor/check.ts';
import { httpCredentials } from '../ext-proc/cli/doctor/http-credentials.ts';
import { httpListenerTls, httpUpstreamTls } from '../ext-proc/cli/doctor/http-tls.ts';
import { policyRules } from '../ext-proc/cli/doctor/policy-rules.ts';
import { doctorPorts } from '../ext-proc/compose-doctor.ts';
import type { GatehouseConfig } from '../ext-proc/config/config.ts';
import type {
  HttpCredentialConfig,
  HttpListenerConfig,
  HttpUpstreamConfig,
} from '../ext-proc/config/http-config.ts';
import { BUNDLES } from './support/gate.ts';
import { makeIdentity, type TestIdentity } from './support/mutual-tls.ts';
import { startRecordedHttpGate, type RecordedHttpGate } from './support/recorded-http-gate.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const DAY_MS = 86_400_000;
const SECRET = 'a-secret-that-nobody-may-see';

let directory: TemporaryDirectory;
let shown: TestIdentity;
let gate: RecordedHttpGate;
let config: GatehouseConfig;

beforeAll(async () => {
  directory = await temporaryDirectory();
  shown = await makeIdentity(directory.path, 'shown', 'api.test');
  gate = await startRecordedHttpGate({
    routesYaml: `      - { name: own, host: api.test, prefix: /own, upstream: api }
      - { name: heads, host: api.test, prefix: /heads, upstream: api, inspection: headers }
      - { name: asked, upstream: api, inspection: authz }`,
    listenerYaml: `    tls: { certificate: { file: ${shown.certificateFile} }, key: { file: ${shown.keyFile} } }`,
  });
  config = gate.config;
});
afterAll(async () => {
  await gate?.stop();
  await directory?.remove();
});

const of = (checks: readonly Check[], id: string): readonly Check[] =>
  checks.filter((check) => check.id === id);
const bad = (checks: readonly Check[]): readonly string[] =>
  checks
    .filter(({ status }) => status === 'failure')
    .map(({ id, subject, detail }) => `${id} ${subject}: ${detail}`);
const listener = (): HttpListenerConfig => config.httpListeners[0] as HttpListenerConfig;
const upstream = (change: Partial<HttpUpstreamConfig> = {}): HttpUpstreamConfig => ({
  ...(config.httpUpstreams[0] as HttpUpstreamConfig),
  ...change,
});

describe('a gate for HTTP that is well', () => {
  it('has no failure in Envoy, its listener, its server or its credentials', async () => {
    const checks = await examine({ config: config.file }, doctorPorts(config.file));
    expect(bad(checks).filter((each) => !/^(state|policy)\./.test(each))).toEqual([]);
    for (const id of [
      'envoy.fail_closed',
      'envoy.http_listener',
      'envoy.http_routes',
      'envoy.http_hardening',
      'envoy.upstream_tls',
      'envoy.retries',
      'listener.answers',
      'upstream.tls',
      'upstream.credential',
    ]) {
      expect([id, of(checks, id).map(({ status }) => status)]).toEqual([id, ['ok']]);
    }
  });

  it('is judged by a file too, and ends with a failure where a request could be sent twice', async () => {
    const file = join(directory.path, 'envoy.yaml');
    const text = formatEnvoy(renderEnvoy(config));
    await writeFile(file, text);
    const judged = () => examine({ config: config.file, envoyConfig: file }, doctorPorts(config.file));
    expect(bad(await judged())).toEqual([]);
    await writeFile(
      file,
      text.replaceAll(
        /^( *)append_x_forwarded_host: true/gm,
        '$1append_x_forwarded_host: true\n$1retry_policy: { retry_on: reset }',
      ),
    );
    expect(bad(await judged())[0]).toMatch(/^envoy\.retries .*: a request that writes could run twice/);
  });

  it('sends nothing to the server, and asks the gate for nothing', async () => {
    gate.server.forget();
    await examine({ config: config.file }, doctorPorts(config.file));
    expect(gate.server.received).toEqual([]);
  });
});

describe('an HTTP listener that is not well', () => {
  it('is named where it shows another certificate, or nobody answers', async () => {
    const other = await makeIdentity(directory.path, 'other', 'other.test');
    const tls = { certificate: { file: other.certificateFile }, key: { file: other.keyFile } };
    expect(await httpListenerTls({ ...listener(), tls })).toMatchObject({
      status: 'failure',
      detail: expect.stringContaining('another certificate') as string,
    });
    expect(await httpListenerTls({ ...listener(), address: { host: '127.0.0.1', port: 1 } })).toMatchObject({
      status: 'failure',
    });
  });

  it('is named where its certificate runs out, and where it takes tokens in clear', async () => {
    expect(bad(await certificates(config, Date.now()))).toEqual([]);
    expect(bad(await certificates(config, Date.now() + DAY_MS))[0]).toMatch(
      /^tls\.certificate listener web: a certificate ran out on/,
    );
    const plain = { ...listener(), tls: undefined, plaintextAllowed: true };
    expect(
      of(await certificates({ ...config, httpListeners: [plain] }, Date.now()), 'tls.plaintext'),
    ).toMatchObject([{ status: 'warning', subject: 'listener web' }]);
  });
});

describe('an HTTP upstream that is not well', () => {
  let identity: TestIdentity;
  let server: Server;
  let address: { host: string; port: number };
  beforeAll(async () => {
    identity = await makeIdentity(directory.path, 'server', 'billing.test');
    server = createTlsServer({
      cert: readFileSync(identity.certificateFile),
      key: readFileSync(identity.keyFile),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  });
  afterAll(() => server?.close());

  const checked = (change: Partial<HttpUpstreamConfig>, atMs = Date.now()): Promise<readonly Check[]> =>
    httpUpstreamTls(config, upstream({ address, ...change }), atMs);

  it('is named where its certificate is of another name or CA, runs out, or nobody answers', async () => {
    const tls = { ca: { file: identity.caFile }, serverName: 'billing.test' };
    // A test's certificate is good for an hour.
    expect(await checked({ tls }, Date.now() - 30 * DAY_MS)).toMatchObject([{ status: 'failure' }]);
    expect(bad(await checked({ tls }))).toEqual([]);
    expect(bad(await checked({ tls: { ...tls, serverName: 'other.test' } }))[0]).toMatch(
      /cannot be used: its certificate is not for other\.test/,
    );
    expect(bad(await checked({ tls: { ...tls, ca: { file: shown.caFile } } }))[0]).toMatch(/cannot be used/);
    expect(bad(await checked({ tls, address: { host: '127.0.0.1', port: 1 } }))[0]).toMatch(/ECONNREFUSED/);
    expect(bad(await checked({ tls: undefined, address: { host: '127.0.0.1', port: 1 } }))[0]).toMatch(
      /ECONNREFUSED/,
    );
  });
});

describe('what the gate shows an upstream', () => {
  const tried = async (...credentials: HttpCredentialConfig[]): Promise<readonly Check[]> =>
    httpCredentials(
      { ...config, httpUpstreams: [upstream({ credentials })] },
      doctorPorts(config.file).tryHttpCredential,
    );
  const groups = ['developers'];

  it('is said to be there, and is not shown', async () => {
    const file = join(directory.path, 'secret');
    await writeFile(file, SECRET);
    const checks = await tried(
      { groups, kind: 'bearer', token: { file } },
      { groups, kind: 'basic', user: 'oncall', password: { file } },
      { groups, kind: 'header', name: 'x-api-key', value: { file } },
      { groups, kind: 'none' },
    );
    expect(checks.map(({ status, detail }) => `${status} ${detail}`)).toEqual([
      'ok a bearer token can be read for developers',
      'ok the password of oncall can be read for developers',
      'ok a value for x-api-key can be read for developers',
      'ok no credential is shown for developers',
    ]);
    expect(JSON.stringify(checks)).not.toContain(SECRET);
  });

  it('is named where it cannot be read', async () => {
    const checks = await tried({ groups, kind: 'bearer', token: { file: join(directory.path, 'nowhere') } });
    expect(bad(checks)[0]).toMatch(
      /^upstream\.credential upstream api: its credential for developers cannot be had: .*ENOENT/,
    );
  });

  it('is asked for at an authorization server, whose refusal is named and whose token is not shown', async () => {
    const file = join(directory.path, 'client-secret');
    await writeFile(file, 'client-secret-of-the-gate');
    let status = 200;
    const server: Server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          status === 200
            ? { access_token: SECRET, token_type: 'Bearer', expires_in: 60 }
            : { error: 'invalid_client', error_description: SECRET },
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    const credential: HttpCredentialConfig = {
      groups,
      kind: 'oauth',
      tokenUrl,
      clientId: 'gatehouse',
      clientSecret: { file },
      scope: undefined,
    };
    try {
      const good = await tried(credential);
      expect(good).toMatchObject([
        { status: 'ok', detail: `${tokenUrl} gives client gatehouse a token for developers` },
      ]);
      status = 401;
      const refused = await tried(credential);
      expect(bad(refused)[0]).toContain('it answered invalid_client');
      expect(JSON.stringify([good, refused])).not.toMatch(/a-secret|client-secret-of/);
    } finally {
      server.close();
    }
  });
});

describe('rules for HTTP and MCP', () => {
  it('are probed on each upstream of their protocol, with the groups that have a credential there', async () => {
    const credentials: readonly HttpCredentialConfig[] = [{ groups: ['developers'], kind: 'none' }];
    const api = upstream({ labels: { env: 'prod' }, credentials });
    const tools = upstream({ name: 'tools', protocol: 'mcp', labels: { env: 'prod' }, credentials });
    const bundle = { file: BUNDLES.standard };
    const checks = await policyRules(
      { ...config, httpUpstreams: [api, tools], policy: { ...config.policy, bundle } },
      doctorPorts(config.file).policy,
    );
    expect(bad(checks)).toEqual([]);
    const fired = of(checks, 'policy.rules').map(({ subject, detail }) => `${subject}: ${detail}`);
    expect(fired).toEqual([
      expect.stringMatching(/^upstream api: \d+ of \d+ rules fire on their examples/),
      expect.stringMatching(/^upstream tools: \d+ of \d+ rules fire on their examples/),
    ]);
    expect(of(checks, 'policy.silent')).toEqual([]);
  });

  it('are missed in a bundle that has none for the protocol', async () => {
    const checks = await policyRules(config, doctorPorts(config.file).policy);
    expect(bad(checks)).toEqual(['policy.rules upstream api: no rule of the bundle is for http']);
  });
});
