/**
 * Where PostgreSQL clients connect: a plain TCP listener whose every connection becomes a CONNECT tunnel to the
 * gate. TLS is the service's: PostgreSQL asks for it in band (SSLRequest), and a direct TLS handshake comes to the
 * same port, so Envoy passes both on as they are.
 */
import type { GatehouseConfig, ListenerConfig } from '../../ext-proc/config/config.ts';
import type { EnvoyBlock } from './block.ts';
import { CLIENT_LISTENER_REMARKS, clientListenerBlock } from './client-listener.ts';
import { extension, keysRemarked, remarked } from './block.ts';
import { accessLog } from './access-log.ts';
import { clientListener, POSTGRES_GATE, tunnelAuthority } from './names.ts';

export function postgresListener(listener: ListenerConfig, config: GatehouseConfig): EnvoyBlock {
  return remarked(
    `PostgreSQL clients for the upstream ${listener.upstream}.`,
    keysRemarked(
      {
        ...CLIENT_LISTENER_REMARKS,
        listener_filters_timeout:
          'A client that says nothing is closed before a server connection is opened for it. PostgreSQL clients speak first.',
        tcp_keepalive: 'Sessions have no idle timeout; a client that vanished is noticed here.',
        connection_balance_config:
          'Sessions are long, so each of the worker threads gets as many as the others.',
        access_log: 'A line a connection, silent clients included.',
      },
      {
        ...clientListenerBlock(listener),
        filter_chains: [{ filters: [tunnel(listener)] }],
        access_log: [accessLog(config, listener.name)],
      },
    ),
  );
}

function tunnel(listener: ListenerConfig): EnvoyBlock {
  return extension(
    'envoy.filters.network.tcp_proxy',
    'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    keysRemarked(
      {
        idle_timeout:
          'A session may be idle for as long as its token is good: the service ends it, not Envoy.',
        tunneling_config:
          "The client's bytes become the body of a CONNECT request, and the server's bytes its answer.",
      },
      {
        stat_prefix: clientListener(listener.name),
        cluster: POSTGRES_GATE,
        idle_timeout: '0s',
        tunneling_config: {
          hostname: tunnelAuthority(listener.name),
          headers_to_add: remarked(
            "What the service learns of the client. Only Envoy sets these: a tunnel carries no header of a client's.",
            [
              header('x-gatehouse-listener', listener.name),
              header('x-gatehouse-client-address', '%DOWNSTREAM_REMOTE_ADDRESS%'),
              header('x-gatehouse-connection-id', '%CONNECTION_ID%'),
            ],
          ),
        },
      },
    ),
  );
}

const header = (key: string, value: string): EnvoyBlock => ({
  header: { key, value },
  append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
});
