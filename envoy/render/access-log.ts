/**
 * One JSON line a connection, or a request of HTTP. It has no statement, no path and no token: the fields here are those
 * that hold nothing of what a client wrote. Who did what is in the audit, by connection id and client address.
 */
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { EnvoyBlock } from './block.ts';
import { extension } from './block.ts';

export function accessLog(
  { envoy }: GatehouseConfig,
  listener: string,
  protocol: 'http' | 'tcp' = 'tcp',
): EnvoyBlock {
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
        ...(protocol === 'http'
          ? { route: '%ROUTE_NAME%', method: '%REQ(:METHOD)%', status: '%RESPONSE_CODE%' }
          : {}),
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
