import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderEnvoy } from '../../../envoy/render/bootstrap.ts';
import type { GatehouseConfig } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { envoySettings } from './envoy-settings.ts';
import { treeOfBootstrap } from './envoy-tree.ts';

const example = fileURLToPath(
  new URL('../../../envoy/examples/postgres-single-host.gatehouse.yaml', import.meta.url),
);

let config: GatehouseConfig;
beforeAll(async () => {
  config = await loadConfig(example);
});

/** The rendered configuration, free to be changed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Loose = any;
const rendered = (): Loose => structuredClone(JSON.parse(JSON.stringify(renderEnvoy(config))));

const named = (list: Loose[], name: string): Loose => list.find((each) => each.name === name);
const cluster = (bootstrap: Loose, name: string): Loose => named(bootstrap.static_resources.clusters, name);
const listener = (bootstrap: Loose, name: string): Loose => named(bootstrap.static_resources.listeners, name);
const manager = (bootstrap: Loose): Loose =>
  listener(bootstrap, 'gatehouse_postgres_gate').filter_chains[0].filters[0].typed_config;
const extProc = (bootstrap: Loose): Loose => manager(bootstrap).http_filters[0].typed_config;
const host = (bootstrap: Loose): Loose => manager(bootstrap).route_config.virtual_hosts[0];
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const http2 = (bootstrap: Loose, name: string): Loose =>
  cluster(bootstrap, name).typed_extension_protocol_options[HTTP_OPTIONS].explicit_http_config
    .http2_protocol_options;

/** What is wrong with the rendered configuration after a change, as `id status`. */
function after(change: (bootstrap: Loose) => void): readonly string[] {
  const bootstrap = rendered();
  change(bootstrap);
  return envoySettings(treeOfBootstrap(bootstrap), config)
    .filter(({ status }) => status !== 'ok')
    .map(({ id, status }) => `${id} ${status}`);
}

describe('what gatehouse renders', () => {
  it('keeps every promise', () => {
    expect(after(() => undefined)).toEqual([]);
  });
});

describe('a configuration that fails open', () => {
  it.each<[string, (bootstrap: Loose) => void]>([
    ['lets everything pass without the service', (b) => void (extProc(b).failure_mode_allow = true)],
    ['only lets the service watch', (b) => void (extProc(b).observability_mode = true)],
    ['lets an answer switch modes', (b) => void (extProc(b).allow_mode_override = true)],
    [
      'switches ext_proc off on a route',
      (b) =>
        void (host(b).routes[0].typed_per_filter_config = {
          'envoy.filters.http.ext_proc': {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute',
            disabled: true,
          },
        }),
    ],
    [
      'switches ext_proc off on a virtual host, in the wrapped form',
      (b) =>
        void (host(b).typed_per_filter_config = {
          'envoy.filters.http.ext_proc': {
            '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig',
            disabled: true,
          },
        }),
    ],
    [
      'lets everything pass on one route',
      (b) =>
        void (manager(b).route_config.typed_per_filter_config = {
          x: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute',
            overrides: { failure_mode_allow: true },
          },
        }),
    ],
  ])('%s', (_name, change) => {
    expect(after(change)).toEqual(['envoy.fail_closed failure']);
  });

  it('has no ext_proc at all', () => {
    expect(after((b) => void (manager(b).http_filters = manager(b).http_filters.slice(1)))).toEqual([
      'envoy.gate failure',
    ]);
  });

  it('hands the service less than every byte', () => {
    expect(after((b) => void (extProc(b).processing_mode.request_body_mode = 'STREAMED'))).toEqual([
      'envoy.processing_mode failure',
    ]);
    expect(after((b) => void delete extProc(b).processing_mode.response_trailer_mode)).toEqual([
      'envoy.processing_mode failure',
    ]);
  });
});

describe('a configuration that would run a write twice', () => {
  it.each<[string, (bootstrap: Loose) => void]>([
    [
      'by a retry of the route',
      (b) => void (host(b).routes[0].route.retry_policy.retry_on = 'connect-failure, reset'),
    ],
    ['by a retry of the virtual host', (b) => void (host(b).retry_policy = { retry_on: '5xx' })],
    [
      'by a retry of the cluster',
      (b) =>
        void (cluster(b, 'gatehouse_upstream_orders-prod').typed_extension_protocol_options = {
          [HTTP_OPTIONS]: { retry_policy: { retry_on: 'gateway-error' } },
        }),
    ],
    ['by hedging', (b) => void (host(b).routes[0].route.hedge_policy = { hedge_on_per_try_timeout: true })],
    [
      'by a mirror of the route',
      (b) => void (host(b).routes[0].route.request_mirror_policies = [{ cluster: 'x' }]),
    ],
    [
      'by a mirror of everything',
      (b) => void (manager(b).route_config.request_mirror_policies = [{ cluster: 'x' }]),
    ],
  ])('%s', (_name, change) => {
    expect([...new Set(after(change))]).toEqual(['envoy.retries failure']);
  });
});

describe('a configuration that breaks in use', () => {
  it.each<[string, string, (bootstrap: Loose) => void]>([
    [
      'drops connections to the service every thousand sessions',
      'envoy.graceful_close failure',
      (b) => void delete b.layered_runtime,
    ],
    [
      'crashes when an old session ends',
      'envoy.grpc_client failure',
      (b) => void delete b.grpc_async_client_manager_config,
    ],
    [
      'never notices a frozen worker',
      'envoy.service_cluster failure',
      (b) => void delete http2(b, 'gatehouse_service').connection_keepalive,
    ],
    [
      'notices a frozen worker too late',
      'envoy.service_cluster failure',
      (b) => void (http2(b, 'gatehouse_service').connection_keepalive.timeout = '20s'),
    ],
    [
      'holds a thousand sessions at most',
      'envoy.service_cluster warning',
      (b) => void delete cluster(b, 'gatehouse_service').circuit_breakers,
    ],
    [
      'sends sessions to workers that drain',
      'envoy.service_cluster warning',
      (b) => void delete cluster(b, 'gatehouse_service').health_checks,
    ],
    [
      'names a service that is not there',
      'envoy.service_cluster failure',
      (b) => void (extProc(b).grpc_service.envoy_grpc.cluster_name = 'elsewhere'),
    ],
    [
      'cuts a silent session off',
      'envoy.timeouts failure',
      (b) => void (host(b).routes[0].route.idle_timeout = '60s'),
    ],
    ['cuts a long session off', 'envoy.timeouts failure', (b) => void delete host(b).routes[0].route.timeout],
    [
      'lets sessions freeze each other',
      'envoy.tunnel failure',
      (b) => void (http2(b, 'gatehouse_postgres_gate').max_concurrent_streams = 100),
    ],
    [
      'dials the server for silent clients',
      'envoy.listener warning',
      (b) => void (listener(b, 'gatehouse_orders').listener_filters = []),
    ],
    [
      'does not listen',
      'envoy.listener failure',
      (b) => void (listener(b, 'gatehouse_orders').address.socket_address.port_value = 1),
    ],
    [
      "tells the service another listener's name",
      'envoy.listener failure',
      (b) =>
        void (listener(
          b,
          'gatehouse_orders',
        ).filter_chains[0].filters[0].typed_config.tunneling_config.headers_to_add[0].header.value =
          'reports'),
    ],
    [
      'offers its admin interface to the network',
      'envoy.admin failure',
      (b) => void (b.admin.address.socket_address.address = '0.0.0.0'),
    ],
    ['lets any account stop Envoy', 'envoy.admin warning', (b) => void delete b.admin.allow_paths],
    [
      'logs tokens',
      'envoy.access_log failure',
      (b) =>
        void (listener(b, 'gatehouse_orders').access_log[0].typed_config.log_format.json_format.who =
          '%REQ(AUTHORIZATION)%'),
    ],
  ])('%s', (_name, expected, change) => {
    expect(after(change)).toEqual([expected]);
  });
});

describe('a way around the gate', () => {
  const proxy = (target: string): Loose => ({
    name: 'shortcut',
    address: { socket_address: { address: '0.0.0.0', port_value: 7777 } },
    filter_chains: [
      {
        filters: [
          {
            name: 'p',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
              cluster: target,
            },
          },
        ],
      },
    ],
  });

  it('is seen where a listener proxies to a gated server, even through an aggregate', () => {
    expect(after((b) => void b.static_resources.listeners.push(proxy('gatehouse_server_reports')))).toEqual([
      'envoy.bypass failure',
    ]);
    expect(after((b) => void b.static_resources.listeners.push(proxy('gatehouse_upstream_reports')))).toEqual(
      ['envoy.bypass failure'],
    );
  });

  it('is seen where a connection manager without ext_proc routes to one', () => {
    const change = (b: Loose): void => {
      const copy = structuredClone(listener(b, 'gatehouse_postgres_gate'));
      copy.name = 'other';
      delete copy.internal_listener;
      copy.address = { socket_address: { address: '0.0.0.0', port_value: 7778 } };
      copy.filter_chains[0].filters[0].typed_config.http_filters.shift();
      b.static_resources.listeners.push(copy);
    };
    expect(after(change)).toEqual(['envoy.bypass failure', 'envoy.bypass failure']);
  });

  it("is not seen in other people's listeners", () => {
    const change = (b: Loose): void => {
      b.static_resources.clusters.push({
        name: 'web',
        load_assignment: {
          endpoints: [
            {
              lb_endpoints: [
                { endpoint: { address: { socket_address: { address: '10.9.9.9', port_value: 80 } } } },
              ],
            },
          ],
        },
      });
      b.static_resources.listeners.push(proxy('web'));
    };
    expect(after(change)).toEqual([]);
  });
});

describe('a configuration that is anything else', () => {
  it.each([undefined, null, [], 'text', { static_resources: { listeners: [null, 3, {}], clusters: 'x' } }])(
    '%j has no gate, and breaks nothing',
    (value) => {
      expect(envoySettings(treeOfBootstrap(value), config).map(({ id }) => id)).toEqual(['envoy.gate']);
    },
  );
});
