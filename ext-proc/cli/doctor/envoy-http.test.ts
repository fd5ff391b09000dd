import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderEnvoy } from '../../../envoy/render/bootstrap.ts';
import type { GatehouseConfig } from '../../config/config.ts';
import { parseConfig } from '../../config/load.ts';
import type { Check } from './check.ts';
import { envoySettings } from './envoy-settings.ts';
import { treeOfBootstrap } from './envoy-tree.ts';

const example = fileURLToPath(
  new URL('../../../envoy/examples/http-apis-and-mcp.gatehouse.yaml', import.meta.url),
);

let config: GatehouseConfig;
beforeAll(async () => {
  config = parse(await readFile(example, 'utf8'));
});
const parse = (text: string): GatehouseConfig =>
  parseConfig(text, example, { cores: 1, runtimeDirectory: '/run' });

/** The rendered configuration, free to be changed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Loose = any;
const rendered = (of: GatehouseConfig): Loose => structuredClone(JSON.parse(JSON.stringify(renderEnvoy(of))));

const named = (list: Loose[], name: string): Loose => list.find((each) => each.name === name);
const cluster = (b: Loose, name: string): Loose =>
  named(b.static_resources.clusters, `gatehouse_server_${name}`);
const listener = (b: Loose): Loose => named(b.static_resources.listeners, 'gatehouse_apis');
const manager = (b: Loose): Loose => listener(b).filter_chains[0].filters[0].typed_config;
const filter = (b: Loose, name: string): Loose =>
  named(manager(b).http_filters, `envoy.filters.http.${name}`).typed_config;
const hosts = (b: Loose): Loose[] => manager(b).route_config.virtual_hosts;
const route = (b: Loose, name: string): Loose =>
  hosts(b)
    .flatMap((each) => each.routes)
    .find((each: Loose) => each.name === `apis/${name}` && each.route !== undefined);
const PROC = 'envoy.filters.http.ext_proc';
const AUTHZ = 'envoy.filters.http.ext_authz';
const ofFilter = (b: Loose, name: string, key: string): Loose => route(b, name).typed_per_filter_config[key];
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

function examined(change: (b: Loose) => void, of = config): readonly Check[] {
  const bootstrap = rendered(of);
  change(bootstrap);
  return envoySettings(treeOfBootstrap(bootstrap), of);
}

/** What is wrong with the rendered configuration after a change, as `id status`. */
const after = (change: (b: Loose) => void, of = config): readonly string[] =>
  examined(change, of)
    .filter(({ status }) => status !== 'ok')
    .map(({ id, status }) => `${id} ${status}`);

type Broken = [string, string, (b: Loose) => void];

describe('what gatehouse renders for HTTP', () => {
  it('keeps every promise, and says so of each', () => {
    expect(after(() => undefined)).toEqual([]);
    const ids = examined(() => undefined).map(({ id }) => id);
    for (const id of [
      'envoy.http_listener',
      'envoy.http_routes',
      'envoy.http_hardening',
      'envoy.upstream_tls',
    ])
      expect(ids).toContain(id);
  });

  it('keeps it beside PostgreSQL, and with the service on another host', async () => {
    const remote = fileURLToPath(
      new URL('../../../envoy/examples/http-remote-service-mtls.gatehouse.yaml', import.meta.url),
    );
    expect(after(() => undefined, parse(await readFile(remote, 'utf8')))).toEqual([]);
    const every = fileURLToPath(new URL('../../../docs/gatehouse.example.yaml', import.meta.url));
    expect(after(() => undefined, parse(await readFile(every, 'utf8')))).toEqual([]);
  });
});

describe('an HTTP listener that does not ask the service', () => {
  it.each<Broken>([
    [
      'is not there',
      'envoy.http_listener failure',
      (b) => void (listener(b).address.socket_address.port_value = 1),
    ],
    [
      'takes tokens without TLS',
      'envoy.http_listener failure',
      (b) => void delete listener(b).filter_chains[0].transport_socket,
    ],
    [
      'lets everything pass where ext_authz is away',
      'envoy.http_listener failure',
      (b) => void (filter(b, 'ext_authz').failure_mode_allow = true),
    ],
    [
      'asks now and then',
      'envoy.http_listener failure',
      (b) => void (filter(b, 'ext_authz').filter_enabled = { default_value: { numerator: 1 } }),
    ],
    [
      'does not tell the route',
      'envoy.http_listener failure',
      (b) => void filter(b, 'ext_proc').request_attributes.shift(),
    ],
    [
      'has a filter behind the gate',
      'envoy.http_listener warning',
      (b) =>
        void manager(b).http_filters.splice(2, 0, {
          name: 'lua',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' },
        }),
    ],
  ])('%s', (_name, expected, change) => {
    expect(after(change)).toEqual([expected]);
  });

  it('fails open where ext_proc may fail', () => {
    expect(after((b) => void (filter(b, 'ext_proc').failure_mode_allow = true))).toEqual([
      'envoy.fail_closed failure',
      'envoy.http_listener failure',
    ]);
  });

  it('leads around the gate where a filter asks somebody else', () => {
    expect(
      after((b) => void (filter(b, 'ext_authz').grpc_service.envoy_grpc.cluster_name = 'other')),
    ).toEqual(['envoy.http_listener failure', 'envoy.bypass failure']);
  });

  it('is no gate where it speaks no HTTP', () => {
    expect(after((b) => void (listener(b).filter_chains[0].filters = []))).toEqual(['envoy.gate failure']);
  });

  it('leads around the gate where neither filter is there', () => {
    const found = after((b) => void (manager(b).http_filters = manager(b).http_filters.slice(2)));
    expect(found).toContain('envoy.gate failure');
  });
});

describe('a route that asks otherwise than gatehouse.yaml says', () => {
  it.each<Broken>([
    [
      'sees no bodies',
      'envoy.http_routes failure',
      (b) =>
        void (route(b, 'invoices').typed_per_filter_config[PROC] = structuredClone(
          ofFilter(b, 'downloads', PROC),
        )),
    ],
    [
      'sees bodies where it should not',
      'envoy.http_routes failure',
      (b) => void delete route(b, 'downloads').typed_per_filter_config[PROC],
    ],
    [
      'sees bodies in another mode',
      'envoy.http_routes failure',
      (b) => void (ofFilter(b, 'downloads', PROC).overrides.processing_mode.request_body_mode = 'BUFFERED'),
    ],
    [
      'skips headers',
      'envoy.http_routes failure',
      (b) => void (ofFilter(b, 'downloads', PROC).overrides.processing_mode.response_header_mode = 'SKIP'),
    ],
    [
      'fails open',
      'envoy.http_routes failure',
      (b) => void (ofFilter(b, 'downloads', PROC).overrides.failure_mode_allow = true),
    ],
    [
      'asks twice',
      'envoy.http_routes failure',
      (b) => void delete route(b, 'invoices').typed_per_filter_config[AUTHZ],
    ],
    [
      'tells ext_authz another route',
      'envoy.http_routes failure',
      (b) => void (ofFilter(b, 'status', AUTHZ).check_settings.context_extensions.route = 'apis/invoices'),
    ],
    [
      'does not wait for bodies',
      'envoy.http_routes failure',
      (b) => void delete ofFilter(b, 'status', AUTHZ).check_settings.with_request_body,
    ],
    [
      'does not say that it waits for bodies',
      'envoy.http_routes failure',
      (b) => void delete ofFilter(b, 'status', AUTHZ).check_settings.context_extensions.body,
    ],
    [
      'is missing',
      'envoy.http_routes failure',
      (b) =>
        hosts(b).forEach(
          (each) => void (each.routes = each.routes.filter(({ name }: Loose) => name !== 'apis/downloads')),
        ),
    ],
    [
      'leads to another server',
      'envoy.http_routes failure',
      (b) => void (route(b, 'invoices').route.cluster = 'gatehouse_server_tools-prod'),
    ],
    [
      'has a name that nobody knows',
      'envoy.http_routes warning',
      (b) => void hosts(b)[0].routes.push({ ...structuredClone(route(b, 'invoices')), name: 'apis/more' }),
    ],
  ])('%s', (_name, expected, change) => {
    expect(after(change)).toEqual([expected]);
  });

  it('asks nobody, and so leads around the gate', () => {
    const change = (b: Loose): void => {
      route(b, 'invoices').typed_per_filter_config[PROC] = {
        '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig',
        disabled: true,
      };
    };
    expect(after(change)).toEqual(['envoy.http_routes failure', 'envoy.bypass failure']);
  });

  it('is judged by the virtual host where the route says nothing', () => {
    const change = (b: Loose): void => {
      for (const each of hosts(b)) each.typed_per_filter_config = { [AUTHZ]: ofFilter(b, 'invoices', AUTHZ) };
      delete route(b, 'invoices').typed_per_filter_config;
    };
    expect(after(change)).toEqual([]);
  });
});

describe('a configuration that would send a request twice', () => {
  it.each<[string, (b: Loose) => void]>([
    [
      'by a retry, even of a connection',
      (b) => void (route(b, 'invoices').route.retry_policy = { retry_on: 'connect-failure' }),
    ],
    [
      'by a retry of the virtual host',
      (b) => hosts(b).forEach((each) => void (each.retry_policy = { retry_on: '5xx' })),
    ],
    [
      'by a retry of the cluster',
      (b) =>
        void (cluster(b, 'tools-prod').typed_extension_protocol_options[HTTP_OPTIONS].retry_policy = {
          retry_on: '5xx',
        }),
    ],
    ['by hedging', (b) => void (route(b, 'status').route.hedge_policy = { hedge_on_per_try_timeout: true })],
    ['by a mirror', (b) => void (route(b, 'downloads').route.request_mirror_policies = [{ cluster: 'x' }])],
    [
      'by a mirror of the cluster',
      (b) =>
        void (cluster(b, 'tools-prod').typed_extension_protocol_options[
          HTTP_OPTIONS
        ].request_mirror_policies = [{ cluster: 'x' }]),
    ],
    ['by a redirect', (b) => void (route(b, 'invoices').route.internal_redirect_policy = {})],
  ])('%s', (_name, change) => {
    expect([...new Set(after(change))]).toEqual(['envoy.retries failure']);
  });

  it("is seen on listeners that are not the gate's", () => {
    const change = (b: Loose): void => {
      const copy = structuredClone(listener(b));
      copy.name = 'other';
      copy.address.socket_address.port_value = 9999;
      b.static_resources.listeners.push(copy);
      const [filters] = copy.filter_chains;
      for (const host of filters.filters[0].typed_config.route_config.virtual_hosts)
        host.retry_policy = { retry_on: 'reset' };
    };
    expect([...new Set(after(change))]).toEqual(['envoy.retries failure']);
  });
});

describe('a configuration that cuts answers off', () => {
  it.each<Broken>([
    ['after 15 seconds', 'envoy.timeouts failure', (b) => void delete route(b, 'invoices').route.timeout],
    [
      'after the request took long',
      'envoy.timeouts failure',
      (b) => void (manager(b).request_timeout = '30s'),
    ],
    [
      'after some time in all',
      'envoy.timeouts failure',
      (b) => void (manager(b).common_http_protocol_options.max_stream_duration = '60s'),
    ],
    [
      'after a minute of silence',
      'envoy.timeouts warning',
      (b) => void (route(b, 'tools').route.idle_timeout = '60s'),
    ],
  ])('%s', (_name, expected, change) => {
    expect([...new Set(after(change))]).toEqual([expected]);
  });
});

describe('a listener that reads requests loosely', () => {
  it.each<[string, (b: Loose) => void]>([
    ['leaves dot segments', (b) => void delete manager(b).normalize_path],
    ['leaves empty segments', (b) => void (manager(b).merge_slashes = false)],
    ['takes encoded slashes', (b) => void (manager(b).path_with_escaped_slashes_action = 'KEEP_UNCHANGED')],
    [
      'decodes encoded slashes',
      (b) => void (manager(b).path_with_escaped_slashes_action = 'UNESCAPE_AND_FORWARD'),
    ],
    ['believes X-Forwarded-For', (b) => void (manager(b).use_remote_address = false)],
    ['trusts hops', (b) => void (manager(b).xff_num_trusted_hops = 1)],
    ['trusts a header', (b) => void (manager(b).original_ip_detection_extensions = [{}])],
    [
      'takes names with underscores',
      (b) => void delete manager(b).common_http_protocol_options.headers_with_underscores_action,
    ],
    ['takes two lengths', (b) => void (manager(b).http_protocol_options.allow_chunked_length = true)],
    ['takes HTTP/1.0', (b) => void (manager(b).http_protocol_options.accept_http_10 = true)],
    ['takes trailers', (b) => void (manager(b).http_protocol_options.enable_trailers = true)],
    [
      'takes loose chunks',
      (b) =>
        void (b.layered_runtime.layers[0].static_layer = {
          'envoy.reloadable_features.ext_proc_graceful_grpc_close': true,
        }),
    ],
    ['takes other upgrades', (b) => void manager(b).upgrade_configs.push({ upgrade_type: 'spdy/3.1' })],
    [
      "takes a client's x-envoy- headers",
      (b) => void manager(b).early_header_mutation_extensions[0].typed_config.mutations.shift(),
    ],
  ])('%s', (_name, change) => {
    expect(after(change)).toEqual(['envoy.http_hardening failure']);
  });

  it('is warned of what servers might believe, and of answers without form', () => {
    expect(after((b) => void delete manager(b).local_reply_config)).toEqual(['envoy.http_hardening warning']);
    expect(
      after((b) => void manager(b).early_header_mutation_extensions[0].typed_config.mutations.splice(2)),
    ).toEqual(Array(3).fill('envoy.http_hardening warning'));
  });
});

describe('an access log that has more than it may', () => {
  const log = (b: Loose): Loose => manager(b).access_log[0].typed_config;
  it.each<[string, (b: Loose) => void]>([
    ["writes paths, in Envoy's own format", (b) => void delete log(b).log_format],
    ['writes paths', (b) => void (log(b).log_format.json_format.path = '%REQ(:PATH)%')],
    ['writes queries', (b) => void (log(b).log_format.json_format.page = '%QUERY_PARAM(page)%')],
  ])('%s', (_name, change) => {
    expect(after(change)).toEqual(['envoy.access_log warning']);
  });

  it('writes tokens', () => {
    const change = (b: Loose): void => void (log(b).log_format.json_format.who = '%REQ(AUTHORIZATION)%');
    expect(after(change)).toEqual(['envoy.access_log failure']);
  });
});

describe('an HTTP upstream that anybody could be', () => {
  const tls = (b: Loose): Loose => cluster(b, 'billing-api').transport_socket.typed_config;
  const validation = (b: Loose): Loose => tls(b).common_tls_context.validation_context;
  it.each<[string, (b: Loose) => void]>([
    ['without TLS', (b) => void delete cluster(b, 'billing-api').transport_socket],
    ['without a CA', (b) => void delete validation(b).trusted_ca],
    ['with any name', (b) => void delete validation(b).match_typed_subject_alt_names],
    ['with another name', (b) => void (validation(b).match_typed_subject_alt_names[0].matcher.exact = 'x')],
    ['though untrusted', (b) => void (validation(b).trust_chain_verification = 'ACCEPT_UNTRUSTED')],
  ])('%s', (_name, change) => {
    expect(after(change)).toEqual(['envoy.upstream_tls failure']);
  });

  it('is warned of where it is away and in clear', () => {
    const [first, ...others] = config.httpUpstreams;
    const away = { ...first!, address: { host: '10.0.0.7', port: 3000 }, tls: undefined };
    expect(after(() => undefined, { ...config, httpUpstreams: [away, ...others] })).toEqual([
      'envoy.upstream_tls warning',
    ]);
  });
});

describe('a way around the gate to an HTTP upstream', () => {
  it('is seen where a listener proxies to it', () => {
    const change = (b: Loose): void => {
      b.static_resources.listeners.push({
        name: 'shortcut',
        address: { socket_address: { address: '0.0.0.0', port_value: 7777 } },
        filter_chains: [
          {
            filters: [
              {
                name: 'p',
                typed_config: {
                  '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
                  cluster: 'gatehouse_server_tools-prod',
                },
              },
            ],
          },
        ],
      });
    };
    expect(after(change)).toEqual(['envoy.bypass failure']);
  });

  it('is seen where another connection manager routes to it unasked', () => {
    const change = (b: Loose): void => {
      const copy = structuredClone(listener(b));
      copy.name = 'other';
      copy.address.socket_address.port_value = 9999;
      const { typed_config: own } = copy.filter_chains[0].filters[0];
      own.http_filters = own.http_filters.slice(2);
      b.static_resources.listeners.push(copy);
    };
    expect([...new Set(after(change))]).toEqual(['envoy.bypass failure']);
  });
});

describe("the service's own way to HTTP servers", () => {
  const egress = (b: Loose): Loose =>
    b.static_resources.listeners.find((each: Loose) => each.name.startsWith('gatehouse_egress_'));

  it('is there for every server, and is no way around the gate', () => {
    const ways = examined(() => undefined).filter(({ id }) => id === 'envoy.egress');
    expect(ways.map(({ status }) => status)).toEqual(config.httpUpstreams.map(() => 'ok'));
  });

  const action = (b: Loose): Loose =>
    egress(b).filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[0].routes[0].route;

  const broken: readonly [string, number, (b: Loose) => void][] = [
    ['that is missing', 2, (b) => (egress(b).address.pipe.path = '/run/other.sock')],
    ['that others may take', 1, (b) => (egress(b).address.pipe.mode = 0o666)],
    ['without a mode', 1, (b) => delete egress(b).address.pipe.mode],
    ['that leads elsewhere', 1, (b) => (action(b).cluster = b.static_resources.clusters[0].name)],
  ];
  it.each(broken)('%s is found', (_what, count, change) => {
    const found = after(change);
    expect(found).toContain('envoy.egress failure');
    expect(found).toHaveLength(count);
  });

  it('that sends twice is found', () => {
    expect(after((b) => void (action(b).retry_policy = { retry_on: '5xx' }))).toEqual([
      'envoy.retries failure',
    ]);
  });
});
