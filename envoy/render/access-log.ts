/**
 * One JSON line a connection. It has no statement and no token: Envoy never looks inside, and the fields here are
 * of the connection alone. Who did what is in the audit, by connection id and client address.
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { EnvoyBlock } from './block.ts';
import { extension } from './block.ts';

export type LoggedPart = 'listener' | 'session' | 'catalogue';

export function accessLog({ envoy }: GatehouseConfig, listener: string, part: LoggedPart): EnvoyBlock {
  return extension('envoy.access_loggers.file', 'envoy.extensions.access_loggers.file.v3.FileAccessLog', {
    path: envoy.accessLog,
    log_format: {
      json_format: {
        time: '%START_TIME%',
        part,
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
  });
}
