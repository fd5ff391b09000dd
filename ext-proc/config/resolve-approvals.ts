/** The approvals of the file as values. Pure; a part of resolve.ts. */
import { join } from 'node:path';
import type { ApprovalsConfig, ApprovalsStoreConfig, ConsoleConfig } from './approvals-config.ts';
import type { Readers } from './resolve-http.ts';
import type { RawConfig } from './schema.ts';
import { parseDurationMs } from './units.ts';

type RawApprovals = NonNullable<RawConfig['approvals']>;
type RawConsole = NonNullable<RawApprovals['console']>;

/** The schema has checked the form. */
const durationMs = (text: string): number => parseDurationMs(text) as number;
const optional = <From, To>(value: From | undefined, read: (value: From) => To): To | undefined =>
  value === undefined ? undefined : read(value);

export function resolveApprovals(
  raw: RawApprovals,
  stateDirectory: string,
  readers: Readers,
): ApprovalsConfig {
  return {
    store: resolveStore(raw.store, stateDirectory, readers),
    key: readers.secret(raw.key),
    console: optional(raw.console, (each) => resolveConsole(each, readers)),
    notifications: raw.notifications.map(({ name, kind, url, secret, groups, users }) => ({
      name,
      kind,
      url,
      secret: optional(secret, readers.secret),
      groups,
      users: new Map(
        Object.entries(users).map(([user, each]) => [user, { ...each, person: each.person ?? undefined }]),
      ),
    })),
    pendingPerPrincipal: raw.pendingPerPrincipal,
    pendingMax: raw.pendingMax,
    noticeIntervalMs: durationMs(raw.noticeInterval),
  };
}

function resolveStore(
  raw: RawApprovals['store'],
  stateDirectory: string,
  { address, reference, secret }: Readers,
): ApprovalsStoreConfig {
  if (raw.postgres === undefined) return { kind: 'sqlite', file: join(stateDirectory, 'approvals.db') };
  const { database, user, password, tls, address: server } = raw.postgres;
  return {
    kind: 'postgres',
    address: address(server),
    database,
    user,
    password: optional(password, secret),
    tls: optional(tls, ({ mode, ca, serverName }) => ({
      mode,
      ca: optional(ca, reference),
      serverName: serverName ?? address(server).host,
    })),
  };
}

function resolveConsole(raw: RawConsole, { address, reference, secret }: Readers): ConsoleConfig {
  const { issuer, clientId, clientSecret, scopes } = raw.login;
  return {
    address: address(raw.address),
    publicUrl: raw.publicUrl.replace(/\/+$/, ''),
    tls: optional(raw.tls, ({ certificate, key }) => ({
      certificate: reference(certificate),
      key: reference(key),
    })),
    login: { issuer, clientId, clientSecret: optional(clientSecret, secret), scopes },
    roles: raw.roles,
    evidence: optional(raw.evidence, ({ user, password }) => ({
      user,
      password: optional(password, secret),
    })),
    sessionMs: durationMs(raw.session),
  };
}
