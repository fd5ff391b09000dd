/**
 * Certificates, keys and CAs as small files that Envoy watches. Given in the bootstrap itself they would be read at the
 * start only; given by the file form of SDS they are read again when they change, and a pair that does not fit is refused
 * while the old one stays. Envoy takes one secret a file.
 * Source: Envoy 1.40, envoy.extensions.transport_sockets.tls.v3 (Secret, SdsSecretConfig), "Key rotation" of its manual.
 */
import { dirname, join } from 'node:path';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import type { HttpListenerConfig } from '../../ext-proc/config/http-config.ts';
import type { EnvoyBlock } from './block.ts';
import { formatBlock, remarked, typed } from './block.ts';
import { listenerSecret, SERVICE_CA_SECRET, SERVICE_CERTIFICATE_SECRET } from './names.ts';

export interface EnvoyFile {
  /** Without a directory. */
  readonly name: string;
  /** Where Envoy's host has it. */
  readonly directory: string;
  readonly text: string;
}

interface Pair {
  readonly certificate: { readonly file: string };
  readonly key: { readonly file: string };
}
type ServiceTls = NonNullable<GatehouseConfig['envoy']['serviceTls']>;

/** The files that Envoy's host must hold; all in `directory`, or each where its certificate is. */
export function secretFiles(config: GatehouseConfig, directory?: string): readonly EnvoyFile[] {
  return [...serviceSecretFiles(config, directory), ...listenerSecretFiles(config, directory)];
}

function serviceSecretFiles({ envoy, service }: GatehouseConfig, directory?: string): readonly EnvoyFile[] {
  const tls = envoy.serviceTls;
  if (service.remote === undefined || tls === undefined) return [];
  const place = serviceSecretDirectory(tls, directory);
  return [
    pairFile(place, SERVICE_CERTIFICATE_SECRET, 'What Envoy shows the service.', tls),
    secretFile(
      place,
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

function listenerSecretFiles({ httpListeners }: GatehouseConfig, directory?: string): readonly EnvoyFile[] {
  return httpListeners.flatMap(({ name, tls }) =>
    tls === undefined
      ? []
      : [
          pairFile(
            listenerSecretDirectory(tls, directory),
            listenerSecret(name),
            `What Envoy shows the clients of ${name}.`,
            tls,
          ),
        ],
  );
}

export const serviceSecretDirectory = (tls: ServiceTls, directory?: string): string =>
  directory ?? tls.sdsDirectory;

export const listenerSecretDirectory = (
  tls: NonNullable<HttpListenerConfig['tls']>,
  directory?: string,
): string => directory ?? dirname(tls.certificate.file);

const pairFile = (directory: string, name: string, remark: string, { certificate, key }: Pair): EnvoyFile =>
  secretFile(
    directory,
    name,
    `${remark} Certificate and key are read together when a file is moved into this directory.`,
    {
      tls_certificate: {
        certificate_chain: { filename: certificate.file },
        private_key: { filename: key.file },
        watched_directory: { path: dirname(certificate.file) },
      },
    },
  );

function secretFile(directory: string, name: string, remark: string, secret: EnvoyBlock): EnvoyFile {
  const resource = typed('envoy.extensions.transport_sockets.tls.v3.Secret', { name, ...secret });
  const header = 'Rendered from gatehouse.yaml by `gatehouse envoy render`: change that file, not this one.';
  return {
    name: secretFileName(name),
    directory,
    text: formatBlock({ resources: [remarked(remark, resource)] }, header),
  };
}

const secretFileName = (secret: string): string => `${secret}.yaml`;

/** Where the bootstrap says that a secret comes from. */
export function fromSds(secret: string, directory: string): EnvoyBlock {
  return {
    name: secret,
    sds_config: {
      resource_api_version: 'V3',
      path_config_source: {
        path: join(directory, secretFileName(secret)),
        watched_directory: { path: directory },
      },
    },
  };
}
