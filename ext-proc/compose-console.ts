/** Wires the console's process: the only place where its adapters are made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEvidenceReader } from './adapters/clickhouse/evidence-reader.ts';
import { readSecretSource } from './adapters/credentials/secret-source.ts';
import { secretReader } from './adapters/credentials/secret-reader.ts';
import { openJournal } from './adapters/journal/journal.ts';
import { createReviewerLogin } from './adapters/oidc/reviewer-login.ts';
import { createRandomPool } from './adapters/random-pool.ts';
import { openSqliteState } from './adapters/sqlite-state.ts';
import { createSystemClock } from './adapters/system-clock.ts';
import { watchFiles } from './adapters/watched-files.ts';
import { channelsFor, openSealedStore } from './compose-approvals.ts';
import { composeMasking } from './compose-masking.ts';
import { composeNotifications } from './compose-notifications.ts';
import { configuredClickHouse, type ClickHouseLogin } from './compose-shipping.ts';
import type { ConsoleConfig } from './config/approvals-config.ts';
import type { GatehouseConfig, IssuerConfig } from './config/config.ts';
import { startConsoleServer } from './console/console-server.ts';
import { createSealedValues } from './console/sealed-values.ts';
import { GatehouseError } from './domain/errors.ts';
import type { Clock } from './domain/clock.ts';
import type { Log } from './domain/log.ts';
import { embeddedAuditor } from './embedded/auditor-login.ts';

/** Its journal's name, beside those of the workers: what is decided here is shipped like what they decide. */
const JOURNAL = 'console';

export interface ComposedConsole {
  readonly port: number;
  close(): Promise<void>;
}

export interface ConsoleOptions {
  readonly config: GatehouseConfig;
  /** The embedded ClickHouse, which the supervisor has started; undefined where one is configured. */
  readonly clickhouseUrl: string | undefined;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Rejects where a part cannot be made; the issuer and ClickHouse are not asked before somebody needs them. */
export async function composeConsole(options: ConsoleOptions): Promise<ComposedConsole> {
  const { config, log } = options;
  const { approvals } = config;
  if (approvals?.console === undefined)
    throw new GatehouseError('GH_CONFIG_INVALID', 'The configuration has no console (approvals.console).');
  const own = approvals.console;
  const clock = options.clock ?? createSystemClock();
  const random = createRandomPool();
  const closes: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closes.splice(0).reverse()) await each();
  };
  try {
    const masking = await composeMasking(config.masking);
    const journal = await openJournal({
      directory: config.audit.journal.directory,
      worker: JOURNAL,
      durability: config.audit.durability,
      segmentBytes: config.audit.journal.segmentBytes,
      bytesMax: config.audit.journal.bytesMax,
      clock,
      log,
    });
    closes.push(() => journal.close());
    const { store, seals, key } = await openSealedStore(approvals, { clock, log });
    closes.push(() => store.close());
    const liveSessions = openSqliteState({
      file: join(config.service.stateDirectory, 'state.db'),
      worker: JOURNAL,
      clock,
      log,
    });
    closes.push(() => liveSessions.close());
    const login = reviewerLogin(config, own, clock, log);
    closes.push(() => login.close());
    const evidence = createEvidenceReader({
      ...(await evidenceLogin(config, own, options.clickhouseUrl)),
      database: config.audit.clickhouse.database,
    });
    closes.push(() => evidence.close());
    const deciding = {
      store,
      seals,
      journal,
      clock,
      random,
      log,
      channelsFor: channelsFor(approvals.notifications),
      maskText: (text: string) => masking.masker.maskRecordText(text),
    };
    const notifications = await composeNotifications(approvals, own, deciding);
    closes.push(() => notifications.close());
    const server = await startConsoleServer({
      config: own,
      address: own.address,
      tls: own.tls === undefined ? undefined : certificateOf(own.tls),
      ...deciding,
      inbound: notifications.inbound,
      values: createSealedValues(key),
      login,
      evidence,
      liveSessions,
    });
    closes.push(() => server.close());
    const { tls } = own;
    if (tls !== undefined) {
      const files = [tls.certificate.file, tls.key.file];
      closes.push(
        watchFiles(files, () => {
          try {
            server.renewTls(certificateOf(tls));
            log.info({ files }, 'console certificate renewed');
          } catch (error) {
            log.error({ err: error, files }, 'new console certificate refused; the old one stays');
          }
        }),
      );
    }
    return { port: server.port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const certificateOf = ({ certificate, key }: NonNullable<ConsoleConfig['tls']>) => ({
  certificate: readFileSync(certificate.file),
  key: readFileSync(key.file),
});

function reviewerLogin(config: GatehouseConfig, own: ConsoleConfig, clock: Clock, log: Log) {
  const { clientId, clientSecret, scopes } = own.login;
  // The configuration's own checks have found it.
  const issuer = config.issuers.find((each) => each.issuer === own.login.issuer) as IssuerConfig;
  const secret = clientSecret === undefined ? undefined : secretReader(clientSecret, { clock, log });
  return createReviewerLogin({
    issuer: issuer.issuer,
    algorithms: issuer.algorithms,
    jwksUri: issuer.jwksUri,
    clockToleranceMs: issuer.clockToleranceMs,
    claims: issuer.claims,
    clientId,
    clientSecret: secret === undefined ? undefined : () => secret.read(),
    scopes,
    redirectUri: `${own.publicUrl}/login/callback`,
    clock,
    log,
  });
}

async function evidenceLogin(
  config: GatehouseConfig,
  { evidence }: ConsoleConfig,
  embeddedUrl: string | undefined,
): Promise<ClickHouseLogin> {
  const configured = await configuredClickHouse(config);
  if (configured === undefined) {
    if (embeddedUrl === undefined) return { url: 'http://127.0.0.1:9', user: undefined, password: undefined };
    return { url: embeddedUrl, ...(await embeddedAuditor(config.service.stateDirectory)) };
  }
  if (evidence === undefined) return configured;
  const password = evidence.password === undefined ? undefined : await readSecretSource(evidence.password);
  return { url: configured.url, user: evidence.user, password };
}
