/**
 * The configuration as the rest of the code reads it: durations in milliseconds, sizes in bytes, addresses split,
 * paths absolute, defaults filled in. Made by load.ts only; the keys and their meaning are in schema.ts.
 */
import type { ApprovalsConfig } from './approvals-config.ts';
import type { FieldMarkRule } from '../domain/field-rules.ts';
import type { ColumnMarkRule, MaskStyle } from '../domain/masking-rules.ts';
import type { HttpListenerConfig, HttpUpstreamConfig } from './http-config.ts';
import type { TOKEN_ALGORITHMS } from './schema.ts';
import type { Address } from './units.ts';

export type { Address } from './units.ts';

/** Where a secret is; the credentials adapter reads it into a `Secret<string>`. */
export type SecretSource =
  | { readonly file: string }
  | { readonly env: string }
  | { readonly command: readonly string[]; readonly cacheForMs: number };

/** A file by its absolute path. */
export interface FileReference {
  readonly file: string;
}

export interface RemoteServiceConfig {
  /** Worker n listens on this port plus n. */
  readonly address: Address;
  readonly anchorAddress: Address;
  readonly certificate: FileReference;
  readonly key: FileReference;
  readonly clientCa: FileReference;
}

export interface ServiceConfig {
  readonly workers: number;
  readonly stateDirectory: string;
  /** Short enough for every socket in it. */
  readonly socketDirectory: string;
  readonly metricsAddress: Address;
  readonly drainTimeoutMs: number;
  /** Undefined: the service and Envoy share a host and talk over unix sockets. */
  readonly remote: RemoteServiceConfig | undefined;
}

export interface EnvoyConfig {
  readonly adminAddress: Address;
  /** Undefined: Envoy's own choice, one a core. */
  readonly concurrency: number | undefined;
  readonly connectionsMax: number;
  readonly heapBytesMax: number;
  /** Undefined: standard output. */
  readonly accessLog: string | undefined;
  readonly serviceTls:
    | {
        readonly certificate: FileReference;
        readonly key: FileReference;
        readonly ca: FileReference;
        readonly serverName: string;
        readonly sdsDirectory: string;
      }
    | undefined;
}

/** A listener for PostgreSQL. */
export interface ListenerConfig {
  readonly name: string;
  readonly protocol: 'postgres';
  readonly address: Address;
  readonly upstream: string;
  readonly tls: { readonly certificate: FileReference; readonly key: FileReference } | undefined;
  /** Whether a token is accepted without TLS; true only on loopback. */
  readonly plaintextAllowed: boolean;
  readonly limits: {
    readonly handshakeTimeoutMs: number;
    readonly unauthenticatedPerSource: number;
    readonly unauthenticatedMax: number;
  };
}

export type UpstreamTlsMode = 'prefer' | 'require' | 'verify-full';

export interface UpstreamTlsConfig {
  readonly mode: UpstreamTlsMode;
  /** Undefined: the CAs that Node trusts. */
  readonly ca: FileReference | undefined;
  /** The configured name, else the host of the address. */
  readonly serverName: string;
}

export interface CredentialConfig {
  /** `*` stands for any principal. */
  readonly groups: readonly string[];
  readonly user: string;
  readonly password: SecretSource | undefined;
}

export interface CatalogueConfig {
  readonly user: string;
  readonly password: SecretSource | undefined;
  /** The database read first; undefined: the one of a session, when it comes. */
  readonly database: string | undefined;
  readonly refreshMs: number;
}

/** A PostgreSQL server. */
export interface UpstreamConfig {
  readonly name: string;
  readonly protocol: 'postgres';
  readonly address: Address;
  readonly tls: UpstreamTlsConfig;
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined: any. */
  readonly databases: readonly string[] | undefined;
  readonly reportOnly: boolean;
  readonly credentials: readonly CredentialConfig[];
  readonly catalogue: CatalogueConfig | undefined;
  /** Where Envoy offers a service on another host its own connection to the server; undefined: a unix socket. */
  readonly serviceAddress: Address | undefined;
}

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

export interface IssuerConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly jwksUri: string | undefined;
  readonly claims: { readonly groups: string; readonly person: string | undefined };
  readonly clockToleranceMs: number;
  readonly tokenLifetimeMaxMs: number | undefined;
  readonly jwksStaleMaxMs: number;
}

export interface ClickHouseConfig {
  /** Undefined: the embedded ClickHouse. */
  readonly url: string | undefined;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: SecretSource | undefined;
  readonly cluster: string | undefined;
  readonly batchRows: number;
  readonly flushIntervalMs: number;
}

export interface AuditConfig {
  readonly durability: 'written' | 'fsynced';
  readonly journal: {
    readonly directory: string;
    readonly segmentBytes: number;
    readonly bytesMax: number;
  };
  readonly clickhouse: ClickHouseConfig;
}

/** A detector of the operator's own, vetted when the file was read. */
export interface MaskingPatternConfig {
  readonly name: string;
  readonly pattern: string;
  readonly keywords: readonly string[];
  readonly ignoreCase: boolean;
  /** Undefined: the style of `MaskingConfig`. */
  readonly style: MaskStyle | undefined;
}

export interface MaskingConfig {
  /** Of the style `hash`; defined wherever the file names that style. */
  readonly key: SecretSource | undefined;
  /** Of what detectors find, where `detectors` and the pattern say nothing else. */
  readonly style: MaskStyle;
  /** By kind, built-in ones and the patterns' names; only what the file names. */
  readonly detectors: Readonly<Record<string, MaskStyle | 'off'>>;
  readonly patterns: readonly MaskingPatternConfig[];
  /** The first that fits a column gives its tag and style. */
  readonly columns: readonly ColumnMarkRule[];
  /** The first that fits a field gives its tag and style. */
  readonly fields: readonly FieldMarkRule[];
}

export interface GatehouseConfig {
  readonly version: 1;
  /** Absolute path of the file it was read from. */
  readonly file: string;
  readonly service: ServiceConfig;
  readonly envoy: EnvoyConfig;
  /** Those for PostgreSQL. */
  readonly listeners: readonly ListenerConfig[];
  /** Those of PostgreSQL. */
  readonly upstreams: readonly UpstreamConfig[];
  readonly httpListeners: readonly HttpListenerConfig[];
  readonly httpUpstreams: readonly HttpUpstreamConfig[];
  readonly issuers: readonly IssuerConfig[];
  readonly policy: { readonly bundle: FileReference; readonly reportOnly: readonly string[] };
  readonly masking: MaskingConfig;
  readonly audit: AuditConfig;
  /** Undefined: what policy holds is denied. */
  readonly approvals: ApprovalsConfig | undefined;
}
