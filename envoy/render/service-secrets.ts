/**
 * What proves Envoy and the service to each other when they are on different hosts, as two small files that Envoy
 * watches: its own certificate with its key, and the CA of the service. Given in the bootstrap itself they would be read
 * at the start only; given by the file form of SDS they are read again when they change, and a pair that does not fit
 * is refused while the old one stays. Envoy takes one secret a file.
 * Source: Envoy 1.40, envoy.extensions.transport_sockets.tls.v3 (Secret, SdsSecretConfig), "Key rotation" of its manual.
 */
import { dirname, join } from 'node:path';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { EnvoyBlock } from './block.ts';
import { formatBlock, remarked, typed } from './block.ts';
import { SERVICE_CA_SECRET, SERVICE_CERTIFICATE_SECRET } from './names.ts';

export interface EnvoyFile {
  /** Without a directory. */
  readonly name: string;
  readonly text: string;
}

type ServiceTls = NonNullable<GatehouseConfig['envoy']['serviceTls']>;

/** The files that `sdsDirectory` of Envoy's host must hold; none where the service is on the same host. */
export function serviceSecretFiles({ envoy, service }: GatehouseConfig): readonly EnvoyFile[] {
  const tls = envoy.serviceTls;
  if (service.remote === undefined || tls === undefined) return [];
  return [
    secretFile(
      SERVICE_CERTIFICATE_SECRET,
      'What Envoy shows the service. Certificate and key are read together when a file is moved into this directory.',
      {
        tls_certificate: {
          certificate_chain: { filename: tls.certificate.file },
          private_key: { filename: tls.key.file },
          watched_directory: { path: dirname(tls.certificate.file) },
        },
      },
    ),
    secretFile(
      SERVICE_CA_SECRET,
      'The CA that the service must come from. It is read again when a file is moved into this directory.',
      {
        validation_context: {
          trusted_ca: { filename: tls.ca.file },
          watched_directory: { path: dirname(tls.ca.file) },
        },
      },
    ),
  ];
}

function secretFile(name: string, remark: string, secret: EnvoyBlock): EnvoyFile {
  const resource = typed('envoy.extensions.transport_sockets.tls.v3.Secret', { name, ...secret });
  const header = 'Rendered from gatehouse.yaml by `gatehouse envoy render`: change that file, not this one.';
  return {
    name: secretFileName(name),
    text: formatBlock({ resources: [remarked(remark, resource)] }, header),
  };
}

const secretFileName = (secret: string): string => `${secret}.yaml`;

/** Where the bootstrap says that a secret comes from. */
export function fromSds(secret: string, { sdsDirectory }: ServiceTls): EnvoyBlock {
  return {
    name: secret,
    sds_config: {
      resource_api_version: 'V3',
      path_config_source: {
        path: join(sdsDirectory, secretFileName(secret)),
        watched_directory: { path: sdsDirectory },
      },
    },
  };
}
