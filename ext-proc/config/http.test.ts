import { describe, expect, it } from 'vitest';
import { parseConfig } from './load.ts';
import { ConfigError } from './problem.ts';

const GOOD = `version: 1
listeners:
  - name: apis
    protocol: http
    address: 127.0.0.1:8443
    tls: { certificate: { file: a.crt }, key: { file: a.key } }
    routes:
      - { name: tools, prefix: /mcp/, upstream: tools }
      - { name: files, host: api.example.com, prefix: /files, upstream: people, inspection: headers }
      - { name: people, upstream: people }
upstreams:
  - name: people
    protocol: http
    address: people.internal:443
    tls: { ca: { file: ca.crt } }
    templates: ['/people/{id}']
    withheldHeaders: [X-Tenant-Id]
    credentials:
      - { groups: [a], bearer: { env: TOKEN } }
      - { groups: [b], basic: { user: u, password: { env: P } } }
      - { groups: [c], header: { name: X-Key, value: { env: K } } }
      - { groups: [d], oauth: { tokenUrl: 'https://issuer/token', clientId: g, clientSecret: { env: S } } }
      - { groups: ['*'], none: true }
  - name: tools
    protocol: mcp
    address: 127.0.0.1:3000
    tls: { mode: disable }
    credentials: [{ groups: ['*'], none: true }]
issuers: [{ issuer: 'https://issuer', audience: gatehouse, algorithms: [ES256] }]
policy: { bundle: { file: bundle } }
`;
const machine = { cores: 2, runtimeDirectory: '/run' };
const read = (text: string) => parseConfig(text, '/etc/gatehouse/gatehouse.yaml', machine);
const changed = (from: string, to: string): readonly string[] => {
  expect(GOOD).toContain(from);
  try {
    read(GOOD.replace(from, to));
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ path, message }) => `${path}: ${message}`);
  }
};

describe('HTTP in a configuration', () => {
  it('gives values', () => {
    const { listeners, upstreams, httpListeners, httpUpstreams } = read(GOOD);
    expect([listeners, upstreams]).toEqual([[], []]);
    expect(httpListeners[0]?.routes).toEqual([
      { name: 'tools', host: '*', prefix: '/mcp', upstream: 'tools', inspection: 'full' },
      { name: 'files', host: 'api.example.com', prefix: '/files', upstream: 'people', inspection: 'headers' },
      { name: 'people', host: '*', prefix: '/', upstream: 'people', inspection: 'full' },
    ]);
    expect(httpUpstreams.map(({ tls }) => tls)).toEqual([
      { ca: { file: '/etc/gatehouse/ca.crt' }, serverName: 'people.internal' },
      undefined,
    ]);
    expect(httpUpstreams.map(({ withheldHeaders }) => withheldHeaders)).toEqual([['x-tenant-id'], []]);
    expect(httpUpstreams[0]?.credentials).toEqual([
      { groups: ['a'], kind: 'bearer', token: { env: 'TOKEN' } },
      { groups: ['b'], kind: 'basic', user: 'u', password: { env: 'P' } },
      { groups: ['c'], kind: 'header', name: 'x-key', value: { env: 'K' } },
      {
        groups: ['d'],
        kind: 'oauth',
        tokenUrl: 'https://issuer/token',
        clientId: 'g',
        clientSecret: { env: 'S' },
        scope: undefined,
      },
      { groups: ['*'], kind: 'none' },
    ]);
  });

  it.each([
    [
      'upstream: tools }',
      'upstream: tolls }',
      'listeners[0].routes[0].upstream: no upstream has this name; did you mean tools? There are: people, tools',
    ],
    [
      'upstream: tools }',
      'upstream: tools, inspection: authz }',
      'listeners[0].routes[0].inspection: must be full: what an MCP client asks for is in the body',
    ],
    [
      '{ name: people, upstream',
      '{ name: files, upstream',
      'listeners[0].routes[2].name: must be unique; routes[1] has the same name',
    ],
    [
      'prefix: /files',
      'prefix: /files/../x',
      'listeners[0].routes[1].prefix: must be a path such as / or /people, of letters, digits, dots, hyphens, underscores and tildes',
    ],
    [
      'host: api.example.com',
      'host: API.example.com:443',
      'listeners[0].routes[1].host: must be a host without a port in lower case, such as api.example.com, *.example.com, or * for any',
    ],
    [
      "'/people/{id}'",
      "'/people/{id}/{id}'",
      'upstreams[0].templates[0]: must be a path such as /people/{id}: each segment plain, or one name in braces, each name once',
    ],
    [
      'tls: { ca: { file: ca.crt } }',
      'tls: {}',
      'upstreams[0].tls: needs ca with mode verify-full: Envoy trusts no CA by itself; on Debian /etc/ssl/certs/ca-certificates.crt has the public ones',
    ],
    [
      'none: true }\n  - name',
      'none: true, bearer: { env: X } }\n  - name',
      'upstreams[0].credentials[4]: must name exactly one of bearer, basic, header, oauth and none',
    ],
    ...['X-Envoy-Peer', 'Authorization', 'Mcp-Session-Id', 'Content-Type'].map((name) => [
      '[X-Tenant-Id]',
      `[${name}]`,
      'upstreams[0].withheldHeaders[0]: must be a header that is not of HTTP or of the gate itself',
    ]),
    ['[X-Tenant-Id]', "['X Y']", 'upstreams[0].withheldHeaders[0]: must be the name of a header'],
    [
      'X-Key',
      'Transfer-Encoding',
      'upstreams[0].credentials[2].header.name: must be a header that is not of HTTP or of the gate itself',
    ],
    [
      'user: u',
      "user: 'u:v'",
      'upstreams[0].credentials[1].basic.user: must have no colon (RFC 7617 section 2)',
    ],
    [
      "'https://issuer/token'",
      "'http://issuer/token'",
      'upstreams[0].credentials[3].oauth.tokenUrl: must be an https URL; http is for loopback alone',
    ],
    [
      '    tls: { certificate: { file: a.crt }, key: { file: a.key } }\n',
      '',
      'listeners[0]: needs tls (certificate and key), or plaintext: loopback-development',
    ],
    [
      'key: { file: a.key }',
      'key: { file: keys/a.key }',
      'listeners[0].tls.key: must be in the directory of the certificate: Envoy watches that one, and takes a new pair together',
    ],
    [
      '{ name: people, upstream: people }',
      '{ name: people, upstream: people }\n      - { name: more, prefix: /x, upstream: people }',
      'listeners[0].routes[3]: is never used: a route before it has the same host, and its prefix covers this one',
    ],
  ])('refuses %s as %s', (from, to, problem) => {
    expect(changed(from, to)).toEqual([problem]);
  });
});
