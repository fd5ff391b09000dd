/**
 * From the words of the file to the values of `GatehouseConfig`. Pure: the machine's facts are handed in.
 */
import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fieldPattern, type FieldPattern } from '../domain/field-rules.ts';
import { columnPattern, type ColumnPattern } from '../domain/masking-rules.ts';
import type {
  AuditConfig,
  CatalogueConfig,
  FileReference,
  GatehouseConfig,
  IssuerConfig,
  ListenerConfig,
  MaskingConfig,
  SecretSource,
  ServiceConfig,
  UpstreamConfig,
} from './config.ts';
import { resolveApprovals } from './resolve-approvals.ts';
import { resolveHttpListener, resolveHttpUpstream, type Readers } from './resolve-http.ts';
import type { RawConfig } from './schema.ts';
import { longestSocketPathBytes, SOCKET_PATH_BYTES_MAX } from './socket-paths.ts';
import type { Address } from './units.ts';
import { parseAddress, parseBytes, parseDurationMs } from './units.ts';

/** What a configuration needs to know of the machine. */
export interface Machine {
  /** Cores that this process may use. */
  readonly cores: number;
  /** Where a short socket directory may be made when the state directory's path is too long. */
  readonly runtimeDirectory: string;
}

/** How long a command's secret is used where the file does not say. */
const SECRET_COMMAND_CACHE_MS = 60_000;

/** The schema has checked the forms, so every word has a value here. */
const address = (text: string): Address => parseAddress(text) as Address;
const durationMs = (text: string): number => parseDurationMs(text) as number;
const bytes = (value: string | number): number => parseBytes(value) as number;

export function resolveConfig(raw: RawConfig, file: string, machine: Machine): GatehouseConfig {
  const directory = dirname(file);
  const path = (text: string): string => resolve(directory, text);
  const reference = ({ file: text }: FileReference): FileReference => ({ file: path(text) });
  const secret = (source: RawSecret | undefined): SecretSource | undefined => resolveSecret(source, path);
  const service = resolveService(raw, path, machine);
  const { envoy, audit } = raw;
  const http: Readers = {
    address,
    reference,
    secret: (source) => resolveSecret(source, path) as SecretSource,
  };
  return {
    version: 1,
    file,
    service,
    envoy: {
      adminAddress: address(envoy.adminAddress),
      concurrency: envoy.concurrency,
      connectionsMax: envoy.connectionsMax,
      heapBytesMax: bytes(envoy.heapBytesMax),
      accessLog: envoy.accessLog === 'stdout' ? undefined : path(envoy.accessLog),
      serviceTls:
        envoy.serviceTls === undefined
          ? undefined
          : {
              certificate: reference(envoy.serviceTls.certificate),
              key: reference(envoy.serviceTls.key),
              ca: reference(envoy.serviceTls.ca),
              serverName: envoy.serviceTls.serverName,
              sdsDirectory: path(envoy.serviceTls.sdsDirectory ?? dirname(envoy.serviceTls.certificate.file)),
            },
    },
    listeners: raw.listeners.filter(isPostgres).map((listener): ListenerConfig => ({
      name: listener.name,
      protocol: listener.protocol,
      address: address(listener.address),
      upstream: listener.upstream,
      tls:
        listener.tls === undefined
          ? undefined
          : { certificate: reference(listener.tls.certificate), key: reference(listener.tls.key) },
      plaintextAllowed: listener.plaintext !== undefined,
      limits: {
        handshakeTimeoutMs: durationMs(listener.limits.handshakeTimeout),
        unauthenticatedPerSource: listener.limits.unauthenticatedPerSource,
        unauthenticatedMax: listener.limits.unauthenticatedMax,
      },
    })),
    upstreams: raw.upstreams.filter(isPostgres).map((upstream): UpstreamConfig => ({
      name: upstream.name,
      protocol: upstream.protocol,
      address: address(upstream.address),
      tls: {
        mode: upstream.tls.mode,
        ca: upstream.tls.ca === undefined ? undefined : reference(upstream.tls.ca),
        serverName: upstream.tls.serverName ?? address(upstream.address).host,
      },
      labels: upstream.labels,
      databases: upstream.databases,
      reportOnly: upstream.reportOnly,
      credentials: upstream.credentials.map(({ groups, user, password }) => ({
        groups,
        user,
        password: secret(password),
      })),
      catalogue: upstream.catalogue === undefined ? undefined : resolveCatalogue(upstream.catalogue, secret),
      serviceAddress: upstream.serviceAddress === undefined ? undefined : address(upstream.serviceAddress),
    })),
    httpListeners: raw.listeners.flatMap((each) =>
      each.protocol === 'http' ? [resolveHttpListener(each, http)] : [],
    ),
    httpUpstreams: raw.upstreams.flatMap((each) =>
      each.protocol === 'postgres' ? [] : [resolveHttpUpstream(each, http)],
    ),
    issuers: raw.issuers.map((issuer): IssuerConfig => ({
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: issuer.algorithms,
      jwksUri: issuer.jwksUri,
      claims: { groups: issuer.claims.groups, person: issuer.claims.person },
      clockToleranceMs: durationMs(issuer.clockTolerance),
      tokenLifetimeMaxMs:
        issuer.tokenLifetimeMax === undefined ? undefined : durationMs(issuer.tokenLifetimeMax),
      jwksStaleMaxMs: durationMs(issuer.jwksStaleMax),
    })),
    policy: { bundle: reference(raw.policy.bundle), reportOnly: raw.policy.reportOnly },
    masking: resolveMasking(raw.masking, secret),
    audit: resolveAudit(audit, service.stateDirectory, path, secret),
    approvals:
      raw.approvals === undefined ? undefined : resolveApprovals(raw.approvals, service.stateDirectory, http),
  };
}

type RawPostgresUpstream = Extract<RawConfig['upstreams'][number], { protocol: 'postgres' }>;
type RawSecret = NonNullable<RawPostgresUpstream['credentials'][number]['password']>;

const isPostgres = <Each extends { readonly protocol: string }>(
  each: Each,
): each is Extract<Each, { protocol: 'postgres' }> => each.protocol === 'postgres';

function resolveSecret(
  source: RawSecret | undefined,
  path: (text: string) => string,
): SecretSource | undefined {
  if (source === undefined) return undefined;
  if (source.file !== undefined) return { file: path(source.file) };
  if (source.env !== undefined) return { env: source.env };
  return {
    command: source.command as readonly string[],
    cacheForMs: source.cacheFor === undefined ? SECRET_COMMAND_CACHE_MS : durationMs(source.cacheFor),
  };
}

function resolveCatalogue(
  catalogue: NonNullable<RawPostgresUpstream['catalogue']>,
  secret: (source: RawSecret | undefined) => SecretSource | undefined,
): CatalogueConfig {
  return {
    user: catalogue.user,
    password: secret(catalogue.password),
    database: catalogue.database,
    refreshMs: durationMs(catalogue.refresh),
  };
}

function resolveService(raw: RawConfig, path: (text: string) => string, machine: Machine): ServiceConfig {
  const { service } = raw;
  const workers = service.workers === 'auto' ? machine.cores : service.workers;
  const stateDirectory = path(service.stateDirectory);
  const upstreams = raw.upstreams.filter(isPostgres).map(({ name }) => name);
  const egress = raw.approvals === undefined ? [] : raw.upstreams.filter((each) => !isPostgres(each));
  return {
    workers,
    stateDirectory,
    socketDirectory:
      service.socketDirectory === undefined
        ? defaultSocketDirectory(
            stateDirectory,
            (directory) =>
              longestSocketPathBytes(
                directory,
                workers,
                upstreams,
                egress.map(({ name }) => name),
              ),
            machine,
          )
        : path(service.socketDirectory),
    metricsAddress: address(service.metricsAddress),
    drainTimeoutMs: durationMs(service.drainTimeout),
    remote:
      service.remote === undefined
        ? undefined
        : {
            address: address(service.remote.address),
            anchorAddress: address(service.remote.anchorAddress),
            certificate: { file: path(service.remote.certificate.file) },
            key: { file: path(service.remote.key.file) },
            clientCa: { file: path(service.remote.clientCa.file) },
          },
  };
}

/** `run` in the state directory where the sockets' paths fit, else a short one that the state directory's path names. */
function defaultSocketDirectory(
  stateDirectory: string,
  longestBytes: (directory: string) => number,
  machine: Machine,
): string {
  const preferred = join(stateDirectory, 'run');
  if (longestBytes(preferred) <= SOCKET_PATH_BYTES_MAX) return preferred;
  const tag = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 12);
  return join(machine.runtimeDirectory, `gatehouse-${tag}`);
}

function resolveMasking(
  masking: RawConfig['masking'],
  secret: (source: RawSecret | undefined) => SecretSource | undefined,
): MaskingConfig {
  return {
    key: secret(masking.key),
    style: masking.style,
    detectors: masking.detectors,
    patterns: masking.patterns.map(({ name, pattern, keywords, ignoreCase, style }) => ({
      name,
      pattern,
      keywords,
      ignoreCase,
      style,
    })),
    columns: masking.columns.map(({ upstream, column, tag, style }) => ({
      upstream,
      ...(columnPattern(column) as ColumnPattern),
      tag,
      style,
    })),
    fields: masking.fields.map(({ upstream, field, tag, style }) => ({
      upstream,
      pattern: fieldPattern(field) as FieldPattern,
      tag,
      style,
    })),
  };
}

function resolveAudit(
  audit: RawConfig['audit'],
  stateDirectory: string,
  path: (text: string) => string,
  secret: (source: RawSecret | undefined) => SecretSource | undefined,
): AuditConfig {
  const { journal, clickhouse } = audit;
  return {
    durability: audit.durability,
    journal: {
      directory: journal.directory === undefined ? join(stateDirectory, 'journal') : path(journal.directory),
      segmentBytes: bytes(journal.segmentBytes),
      bytesMax: bytes(journal.bytesMax),
    },
    clickhouse: {
      url: clickhouse.url,
      database: clickhouse.database,
      user: clickhouse.user,
      password: secret(clickhouse.password),
      cluster: clickhouse.cluster,
      batchRows: clickhouse.batchRows,
      flushIntervalMs: durationMs(clickhouse.flushInterval),
    },
  };
}
