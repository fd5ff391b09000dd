/** What gatehouse.yaml says of HTTP listeners and upstreams, as the rest of the code reads it. Made by load.ts only. */
import type { FileReference, SecretSource } from './config.ts';
import type { Address } from './units.ts';

/** How much the gate sees of a route's requests: http-schema.ts says what each means. */
export type HttpInspection = 'full' | 'headers' | 'authz';

export interface HttpRouteConfig {
  readonly name: string;
  /** Lower case, without a port; `*.` in front stands for names under it, and `*` alone for any. */
  readonly host: string;
  /** Without a slash at its end, unless it is only that. */
  readonly prefix: string;
  readonly upstream: string;
  readonly inspection: HttpInspection;
}

export interface HttpListenerConfig {
  readonly name: string;
  readonly protocol: 'http';
  readonly address: Address;
  readonly tls: { readonly certificate: FileReference; readonly key: FileReference } | undefined;
  /** Whether a token is accepted without TLS; true only on loopback. */
  readonly plaintextAllowed: boolean;
  /** The first that fits is used. */
  readonly routes: readonly HttpRouteConfig[];
}

export type HttpCredentialConfig = {
  /** `*` stands for any principal. */
  readonly groups: readonly string[];
} & (
  | { readonly kind: 'bearer'; readonly token: SecretSource }
  | { readonly kind: 'basic'; readonly user: string; readonly password: SecretSource }
  | { readonly kind: 'header'; readonly name: string; readonly value: SecretSource }
  | {
      readonly kind: 'oauth';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: SecretSource;
      readonly scope: string | undefined;
    }
  | { readonly kind: 'none' }
);

export interface HttpUpstreamConfig {
  readonly name: string;
  readonly protocol: 'http' | 'mcp';
  readonly address: Address;
  /** Undefined: cleartext. */
  readonly tls: { readonly ca: FileReference; readonly serverName: string } | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly reportOnly: boolean;
  /** The first that a path fits is its template. */
  readonly templates: readonly string[];
  /** In lower case. */
  readonly withheldHeaders: readonly string[];
  readonly credentials: readonly HttpCredentialConfig[];
}
