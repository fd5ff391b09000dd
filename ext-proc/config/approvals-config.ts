/** What gatehouse.yaml says of approvals, as the rest of the code reads it. Made by load.ts only. */
import type { FileReference, SecretSource, UpstreamTlsConfig } from './config.ts';
import type { Address } from './units.ts';

export type ApprovalsStoreConfig =
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'postgres';
      readonly address: Address;
      readonly database: string;
      readonly user: string;
      readonly password: SecretSource | undefined;
      readonly tls: UpstreamTlsConfig | undefined;
    };

export interface ConsoleRolesConfig {
  /** Groups; a reviewer sees and decides what policy names them for, whatever is here. */
  readonly reviewer: readonly string[];
  /** See everything, decide nothing. */
  readonly auditor: readonly string[];
  /** Besides revoke grants and end sessions. */
  readonly admin: readonly string[];
}

export interface ConsoleConfig {
  readonly address: Address;
  /** What people type, without a slash at its end: links in notifications lead there. */
  readonly publicUrl: string;
  readonly tls: { readonly certificate: FileReference; readonly key: FileReference } | undefined;
  readonly login: {
    /** One of `issuers`. */
    readonly issuer: string;
    readonly clientId: string;
    /** Undefined: a public client. */
    readonly clientSecret: SecretSource | undefined;
    readonly scopes: readonly string[];
  };
  readonly roles: ConsoleRolesConfig;
  /** Who reads the evidence; undefined: the user of `audit.clickhouse`, or the embedded one's auditor. */
  readonly evidence: { readonly user: string; readonly password: SecretSource | undefined } | undefined;
  readonly sessionMs: number;
}

/** Whom a name in a channel stands for. The configuration is all that says so: a channel's message proves no person. */
export interface OutsideReviewerConfig {
  /** The subject that the issuer of `console.login` has for them. */
  readonly subject: string;
  /** What the issuer would say in `claims.person`. */
  readonly person: string | undefined;
  /** Other names of theirs, which count in four eyes. */
  readonly accounts: readonly string[];
  readonly groups: readonly string[];
}

export interface NotificationChannelConfig {
  readonly name: string;
  readonly kind: 'webhook' | 'slack' | 'teams';
  readonly url: string;
  /** webhook: what signs both ways (Standard Webhooks, `whsec_…`). slack: the signing secret of its app. */
  readonly secret: SecretSource | undefined;
  /** The request is told there where a reviewer's group is one of these; `*` is any. */
  readonly groups: readonly string[];
  /** Who may decide from there, by the name that the channel has for them; nobody where it is empty. */
  readonly users: ReadonlyMap<string, OutsideReviewerConfig>;
}

export interface ApprovalsConfig {
  readonly store: ApprovalsStoreConfig;
  /** What seals are made with; workers and the console share it. */
  readonly key: SecretSource;
  readonly console: ConsoleConfig | undefined;
  readonly notifications: readonly NotificationChannelConfig[];
  readonly pendingPerPrincipal: number;
  readonly pendingMax: number;
  /** How often a client that waits is told so again. */
  readonly noticeIntervalMs: number;
}
