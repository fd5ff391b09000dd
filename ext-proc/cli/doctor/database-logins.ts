/**
 * That the gate can sign in where it must, and what the roles it uses may do. The connection is a port: the doctor
 * sees no password.
 */
import type { GatehouseConfig, SecretSource, UpstreamConfig } from '../../config/config.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, skipped, warning } from './check.ts';

/** What a server says to a role that has signed in. */
export interface LoginFacts {
  /** `server_version_num`, for example 180004. */
  readonly serverVersion: number;
  readonly connectionsMax: number;
  readonly superuser: boolean;
}

export interface Login {
  readonly upstream: UpstreamConfig;
  readonly user: string;
  readonly password: SecretSource | undefined;
  readonly database: string;
}

/** Signs in through Envoy, asks, and leaves. Rejects with why it could not; never with a secret in it. */
export type TryLogin = (login: Login) => Promise<LoginFacts>;

/** The oldest server that the statements are known of. */
const SERVER_VERSION_MIN = 140_000;

export async function databaseLogins(config: GatehouseConfig, tryLogin: TryLogin): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const upstream of config.upstreams) checks.push(...(await loginsOf(upstream, config, tryLogin)));
  return checks;
}

async function loginsOf(
  upstream: UpstreamConfig,
  config: GatehouseConfig,
  tryLogin: TryLogin,
): Promise<readonly Check[]> {
  const subject = `upstream ${upstream.name}`;
  const database = upstream.catalogue?.database ?? upstream.databases?.[0];
  if (database === undefined) {
    return [
      skipped(
        'upstream.login',
        subject,
        'no database is named to sign in to',
        'name one in databases or catalogue.database',
      ),
    ];
  }
  const checks: Check[] = [];
  const attempt = async (
    id: string,
    what: string,
    user: string,
    password: SecretSource | undefined,
  ): Promise<LoginFacts | undefined> => {
    try {
      const facts = await tryLogin({ upstream, user, password, database });
      checks.push(ok(id, subject, `${what} ${user} signs in to ${database}`));
      return facts;
    } catch (error) {
      checks.push(
        failure(
          id,
          subject,
          `${what} ${user} cannot sign in to ${database}: ${reasonOf(error)}`,
          'correct the password or the role on the server',
        ),
      );
      return undefined;
    }
  };
  const { catalogue } = upstream;
  const facts =
    catalogue === undefined
      ? undefined
      : await attempt('upstream.catalogue', 'the catalogue role', catalogue.user, catalogue.password);
  if (facts?.superuser === true) {
    checks.push(
      warning(
        'upstream.catalogue',
        subject,
        'the catalogue role is a superuser',
        'give it a role that only reads the system catalogue',
      ),
    );
  }
  let seen = facts;
  for (const { user, password } of upstream.credentials) {
    const found = await attempt('upstream.login', 'the role', user, password);
    seen ??= found;
    if (found?.superuser === true) {
      checks.push(
        warning(
          'upstream.role',
          subject,
          `role ${user} is a superuser: only the gate stands between an agent and the whole server`,
          'give agents roles with what they need',
        ),
      );
    }
  }
  return seen === undefined ? checks : [...checks, ...serverFacts(subject, upstream, config, seen)];
}

function serverFacts(
  subject: string,
  upstream: UpstreamConfig,
  config: GatehouseConfig,
  facts: LoginFacts,
): readonly Check[] {
  const checks: Check[] = [];
  if (facts.serverVersion < SERVER_VERSION_MIN) {
    checks.push(
      warning(
        'upstream.version',
        subject,
        `PostgreSQL ${Math.floor(facts.serverVersion / 10_000)} is older than what is tested (14 to 18)`,
        'upgrade the server',
      ),
    );
  }
  const unauthenticated = config.listeners
    .filter((each) => each.upstream === upstream.name)
    .reduce((sum, each) => sum + each.limits.unauthenticatedMax, 0);
  if (unauthenticated >= facts.connectionsMax) {
    checks.push(
      failure(
        'upstream.capacity',
        subject,
        `clients without a token may take all ${facts.connectionsMax} connections of the server (unauthenticatedMax: ${unauthenticated})`,
        'lower unauthenticatedMax of its listeners, or raise max_connections',
      ),
    );
  } else {
    checks.push(
      ok(
        'upstream.capacity',
        subject,
        `clients without a token take ${unauthenticated} of ${facts.connectionsMax} connections at most`,
      ),
    );
  }
  return checks;
}
