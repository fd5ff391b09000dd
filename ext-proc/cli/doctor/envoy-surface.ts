/**
 * The sides of an Envoy configuration that are not the gate's and still can break it: how sessions share the tunnel, who
 * reaches the admin interface, what the access log says.
 */
import { isLoopbackHost } from '../../config/units.ts';
import type { Check } from './check.ts';
import { failure, warning } from './check.ts';
import type { EnvoyTree, JsonObject } from './envoy-tree.ts';
import { array, at, connectionManagers, httpOptions, object, tcpProxies, text } from './envoy-tree.ts';

export function tunnels(tree: EnvoyTree): readonly Check[] {
  const names = new Set(
    tree.listeners.flatMap((listener) =>
      tcpProxies(listener).flatMap((proxy) =>
        proxy['tunneling_config'] === undefined ? [] : [text(proxy['cluster'])],
      ),
    ),
  );
  return [...names].flatMap((name) => {
    const http2 = object(
      at(
        httpOptions(tree.clusters.find((each) => each['name'] === name) ?? {}),
        'explicit_http_config',
        'http2_protocol_options',
      ),
    );
    if (Number(http2['max_concurrent_streams']) === 1) return [];
    return [
      failure(
        'envoy.tunnel',
        name,
        'sessions share a connection inside Envoy: two clients that stop reading freeze all others',
        'set max_concurrent_streams: 1 in its http2_protocol_options',
      ),
    ];
  });
}

export function admin(tree: EnvoyTree): readonly Check[] {
  const address = object(at(tree.admin, 'address', 'socket_address'));
  const host = text(address['address']);
  if (host === '' || isLoopbackHost(host)) {
    if (host === '' || array(tree.admin['allow_paths']).length > 0) return [];
    return [
      warning(
        'envoy.admin',
        '',
        'any account of this host can stop Envoy through its admin interface',
        'set allow_paths to what reads, as gatehouse envoy render does',
      ),
    ];
  }
  return [
    failure(
      'envoy.admin',
      '',
      `the admin interface listens on ${host}: whoever reaches it can stop Envoy`,
      'set its address to 127.0.0.1',
    ),
  ];
}

const SECRET_OPERATOR =
  /%(?:REQ|TRAILER|RESP)\((?:authorization|proxy-authorization|cookie|set-cookie|x-api-key)[:)?]/i;

export function accessLogs(tree: EnvoyTree): readonly Check[] {
  return tree.listeners.flatMap((listener) => {
    const logs = [
      listener['access_log'],
      ...connectionManagers(listener).map((each) => each['access_log']),
      ...tcpProxies(listener).map((each) => each['access_log']),
    ];
    if (!SECRET_OPERATOR.test(JSON.stringify(logs))) return [];
    return [
      failure(
        'envoy.access_log',
        text(listener['name']),
        'its access log writes tokens or cookies',
        'remove those headers from its format',
      ),
    ];
  });
}

const PATH_OPERATOR = /%(?:REQ|REQ_WITHOUT_QUERY)\((?:x-envoy-original-path\?)?:path|%(?:PATH|QUERY_PARAM)/i;

/** Paths and queries may hold what is masked in bodies. Envoy's own format, where none is given, has them. */
export function pathLogs(subject: string, manager: JsonObject): readonly Check[] {
  const written = array(manager['access_log'])
    .map((each) => object(at(each, 'typed_config')))
    .some((config) =>
      config['log_format'] === undefined
        ? /\.(?:File|Stdout|Stderr)AccessLog$/.test(text(config['@type']))
        : PATH_OPERATOR.test(JSON.stringify(config['log_format'])),
    );
  if (!written) return [];
  return [
    warning(
      'envoy.access_log',
      subject,
      'its access log writes paths and queries: what is masked in bodies may stand there in clear',
      'give it the log_format that gatehouse envoy render has',
    ),
  ];
}
