/**
 * Where a target is and how it is reached, as libpq's connection URIs say it. Owns the reading of the URL; opens
 * nothing. Specification: PostgreSQL 18, libpq, "Connection URIs" and "SSL Support".
 */
import { GatehouseError } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';

const MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof MODES)[number];

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret<string> | undefined;
  readonly database: string;
  readonly sslMode: SslMode;
  /** A file of certificates; the machine's own authorities where absent. */
  readonly rootCertificateFile: string | undefined;
}

/** What a URL need not say: a password in it is in the list of processes too. */
export interface TargetDefaults {
  readonly user: string;
  readonly password: string | undefined;
}

/** Throws `GH_LEAK_ME_TARGET`. */
export function readTarget(text: string, defaults: TargetDefaults): Target {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw refused('it is no URL', cause);
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    throw refused('it begins with postgres://');
  const known = new Set(['sslmode', 'sslrootcert']);
  for (const name of url.searchParams.keys())
    if (!known.has(name)) throw refused(`it knows sslmode and sslrootcert, not ${name}`);
  const rootCertificateFile = url.searchParams.get('sslrootcert') ?? undefined;
  const mode =
    url.searchParams.get('sslmode') ?? (rootCertificateFile === undefined ? 'prefer' : 'verify-full');
  const sslMode = MODES.find((each) => each === mode);
  if (sslMode === undefined) throw refused(`sslmode is one of ${MODES.join(', ')}`);
  if (url.hostname === '') throw refused('it names a host');
  const user = decodeURIComponent(url.username) || defaults.user;
  const own = url.password === '' ? defaults.password : decodeURIComponent(url.password);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 5432 : Number(url.port),
    user,
    password: own === undefined ? undefined : new Secret(own),
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    sslMode,
    rootCertificateFile,
  };
}

const refused = (why: string, cause?: unknown): GatehouseError =>
  new GatehouseError(
    'GH_LEAK_ME_TARGET',
    `This is no target: ${why}; for example postgres://user@host:5432/app.`,
    {
      cause,
    },
  );
