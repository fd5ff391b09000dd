/**
 * What every listener for clients is, whatever it speaks: a port of its own, TLS looked at and not yet spoken, bounded
 * buffers, and no patience with a client that says nothing.
 */
import type { Address } from '../../ext-proc/config/config.ts';
import { socketAddress, tcpKeepalive } from './address.ts';
import { extension, seconds } from './block.ts';
import { ENVOY_LIMITS } from './limits.ts';
import { clientListener } from './names.ts';

/** What each kind of listener says of these lines. */
export const CLIENT_LISTENER_REMARKS = {
  per_connection_buffer_limit_bytes:
    'Backpressure reaches the sender early, and a reader that stalls holds little memory.',
  enable_reuse_port:
    'Nobody else can listen on this port at the same time, by mistake or to be taken for the gate.',
} as const;

export const clientListenerBlock = ({
  name,
  address,
}: {
  readonly name: string;
  readonly address: Address;
}) => ({
  name: clientListener(name),
  address: socketAddress(address),
  traffic_direction: 'INBOUND',
  enable_reuse_port: false,
  connection_balance_config: { exact_balance: {} },
  per_connection_buffer_limit_bytes: ENVOY_LIMITS.bufferBytes,
  tcp_keepalive: tcpKeepalive(),
  listener_filters_timeout: seconds(ENVOY_LIMITS.silentClientMs),
  continue_on_listener_filters_timeout: false,
  listener_filters: [
    extension(
      'envoy.filters.listener.tls_inspector',
      'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
    ),
  ],
});
