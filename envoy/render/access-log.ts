/**
 * One JSON line a connection. It has no statement and no token: Envoy never looks inside, and the fields here are
 * of the connection alone. Who did what is in the audit, by connection id and client address.
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { EnvoyBlock } from './block.ts';
import { extension } from './block.ts';

export function accessLog({ envoy }: GatehouseConfig, listener: string): EnvoyBlock {
  const format: EnvoyBlock = {
    log_format: {
      json_format: {
        time: '%START_TIME%',
        listener,
        connection_id: '%CONNECTION_ID%',
        client_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
        bytes_received: '%BYTES_RECEIVED%',
        bytes_sent: '%BYTES_SENT%',
        duration_ms: '%DURATION%',
        response_flags: '%RESPONSE_FLAGS%',
        termination: '%CONNECTION_TERMINATION_DETAILS%',
      },
    },
  };
  if (envoy.accessLog === undefined) {
    const type = 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog';
    return extension('envoy.access_loggers.stdout', type, format);
  }
  const type = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';
  return extension('envoy.access_loggers.file', type, { path: envoy.accessLog, ...format });
}
