/**
 * A console for tests: the real server in this process with a real store, journal and development issuer; requests come
 * from a real approval desk on a connection of its own, as a worker's does. ClickHouse where asked for.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openJournal } from '../../ext-proc/adapters/journal/journal.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import { channelsFor, openSealedStore } from '../../ext-proc/compose-approvals.ts';
import { composeConsole, type ComposedConsole } from '../../ext-proc/compose-console.ts';
import { composeShipping } from '../../ext-proc/compose-shipping.ts';
import type { GatehouseConfig } from '../../ext-proc/config/config.ts';
import { parseConfig } from '../../ext-proc/config/load.ts';
import type { ApprovalStore } from '../../ext-proc/domain/approvals/approval-store.ts';
import type { ApprovalRequest } from '../../ext-proc/domain/approvals/approval-request.ts';
import type { ApprovalSeals } from '../../ext-proc/domain/approvals/seals.ts';
import type { Clock } from '../../ext-proc/domain/clock.ts';
import { asEventId, asSessionId, uuidV7 } from '../../ext-proc/domain/ids.ts';
import { Secret } from '../../ext-proc/domain/secret.ts';
import { ensureDevCertificates, type CertificateFiles } from '../../ext-proc/embedded/dev-ca.ts';
import { startDevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { ApprovalDesk } from '../../ext-proc/exchange/approvals/approval-desk.ts';
import type { HeldAction } from '../../ext-proc/exchange/approvals/held-action.ts';
import { startTestClickHouse } from './clickhouse.ts';
import { BUNDLES, journalRecords, testLog } from './gate.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { randomBytes } from 'node:crypto';

export interface TestConsole {
  /** `http://localhost:<port>`, as people type it. */
  readonly url: string;
  readonly caFile: string;
  readonly certificate: CertificateFiles;
  readonly issuer: string;
  readonly config: GatehouseConfig;
  readonly desk: ApprovalDesk;
  readonly store: ApprovalStore;
  readonly seals: ApprovalSeals;
  /** Asks for approval of an UPDATE by an agent for alice, where not said otherwise. */
  hold(changes?: HoldChanges): Promise<ApprovalRequest>;
  /** The records of all journals so far. */
  records(): Promise<readonly Record<string, unknown>[]>;
  /** As a death of its process: it is gone, and everything it has not kept. */
  restart(): Promise<void>;
  stopConsole(): Promise<void>;
  stop(): Promise<void>;
}

export type HoldChanges = Partial<Omit<HeldAction, 'terms' | 'view' | 'principal'>> & {
  readonly terms?: Partial<HeldAction['terms']>;
  readonly view?: Partial<HeldAction['view']>;
  readonly principal?: Partial<HeldAction['principal']>;
};

export interface TestConsoleOptions {
  readonly clickhouse?: boolean;
  /** Over TLS, as `https://localhost:<port>`. */
  readonly tls?: boolean;
  /** Lines below `approvals.console`, YAML indented by four. */
  readonly consoleYaml?: string;
  readonly clock?: Clock;
}

const KEY = 'test-key-test-key-test-key-test-key-test-key';

export async function startTestConsole(options: TestConsoleOptions = {}): Promise<TestConsole> {
  const temporary = await temporaryDirectory();
  const directory = temporary.path;
  const stops: (() => Promise<void> | void)[] = [() => temporary.remove()];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    await mkdir(join(directory, 'state'), { mode: 0o700 });
    const port = await freePort();
    const url = `${options.tls === true ? 'https' : 'http'}://localhost:${port}`;
    const certificates = await ensureDevCertificates({
      directory: join(directory, 'tls'),
      names: ['gate'],
      nowMs: Date.now(),
    });
    const certificate = certificates.servers.get('gate') as CertificateFiles;
    const issuer = await startDevIssuer({
      directory: join(directory, 'issuer'),
      port: 0,
      listeners: [],
      consoleUrl: url,
    });
    stops.push(() => issuer.stop());
    await writeFile(join(directory, 'approvals.key'), KEY, { mode: 0o600 });
    await writeFile(join(directory, 'clickhouse.password'), 'test', { mode: 0o600 });
    const clickhouse = options.clickhouse === true ? await startTestClickHouse() : undefined;
    if (clickhouse !== undefined) stops.push(() => clickhouse.stop());
    const audit =
      clickhouse === undefined
        ? ''
        : `audit: { clickhouse: { url: '${clickhouse.url}', user: ${clickhouse.user}, password: { file: clickhouse.password }, flushInterval: 100ms } }`;
    const text = `
version: 1
service: { workers: 1, stateDirectory: state, socketDirectory: . }
envoy: { adminAddress: '127.0.0.1:${await freePort()}' }
listeners:
  - { name: pg, protocol: postgres, address: '127.0.0.1:${await freePort()}', upstream: sample, plaintext: loopback-development }
upstreams:
  - name: sample
    protocol: postgres
    address: 127.0.0.1:1
    tls: { mode: prefer }
    credentials: [{ groups: ['*'], user: nobody }]
issuers: [{ issuer: '${issuer.issuer}', audience: gatehouse, algorithms: [ES256] }]
policy: { bundle: { file: ${BUNDLES.standard} } }
${audit}
approvals:
  key: { file: approvals.key }
  console:
    address: 127.0.0.1:${port}
    publicUrl: ${url}
    login: { issuer: '${issuer.issuer}', clientId: gatehouse-console }
    roles: { reviewer: [reviewers], auditor: [auditors], admin: [operators] }
${clickhouse === undefined ? '' : '    evidence: { user: auditor, password: { file: clickhouse.password } }'}
${options.tls === true ? `    tls: { certificate: { file: '${certificate.certificateFile}' }, key: { file: '${certificate.keyFile}' } }` : ''}
${options.consoleYaml ?? ''}
`;
    const file = join(directory, 'gatehouse.yaml');
    await writeFile(file, text);
    const config = parseConfig(text, file, { cores: 1, runtimeDirectory: directory });
    const { approvals } = config;
    if (approvals === undefined) throw new Error('no approvals');
    const clock = options.clock ?? createSystemClock();
    const start = (): Promise<ComposedConsole> =>
      composeConsole({ config, clickhouseUrl: undefined, log: testLog, clock });
    let console_: ComposedConsole | undefined = await start();
    const stopConsole = async (): Promise<void> => {
      await console_?.close();
      console_ = undefined;
    };
    stops.push(stopConsole);

    const journal = await openJournal({
      directory: config.audit.journal.directory,
      worker: 'worker-0',
      durability: 'written',
      segmentBytes: 1 << 20,
      bytesMax: 1 << 30,
      clock,
      log: testLog,
    });
    stops.push(() => journal.close());
    const { store, seals } = await openSealedStore(approvals, { clock, log: testLog });
    stops.push(() => store.close());
    const desk = new ApprovalDesk({
      store,
      seals,
      journal,
      clock,
      random: randomBytes,
      log: testLog,
      limits: { pendingPerPrincipal: 100, pendingMax: 1_000 },
      publicUrl: url,
      channelsFor: channelsFor(approvals.notifications),
    });
    stops.push(() => desk.close());
    if (clickhouse !== undefined) {
      const login = { url: clickhouse.url, user: clickhouse.user, password: new Secret(clickhouse.password) };
      const shipping = composeShipping(config, login, testLog);
      stops.push(() => shipping.stop());
    }

    return {
      url,
      caFile: certificates.caFile,
      certificate,
      issuer: issuer.issuer,
      config,
      desk,
      store,
      seals,
      async hold(changes = {}) {
        const asked = await desk.ask(heldAction(issuer.issuer, clock.nowMs(), changes));
        if (asked.kind !== 'asked') throw new Error(`${asked.code} ${asked.publicMessage}`);
        return asked.request;
      },
      records: () => journalRecords(config.audit.journal.directory),
      async restart() {
        await stopConsole();
        console_ = await start();
      },
      stopConsole,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

export const STATEMENT = `UPDATE people
   SET email = 'kowalski@example.com'
 WHERE id = 17`;

let made = 0;

export function heldAction(issuer: string, nowMs: number, changes: HoldChanges): HeldAction {
  made += 1;
  const digest = (text: string): string => Buffer.from(text.padEnd(32, '.')).toString('hex').slice(0, 64);
  return {
    eventId: asEventId(uuidV7(nowMs, randomBytes(10))),
    sessionId: asSessionId(uuidV7(nowMs, randomBytes(10))),
    clientAddress: '192.0.2.7',
    upstream: 'sample',
    protocol: 'postgres',
    rule: 'postgres.people.update_of_one',
    reason: 'a change of one person needs a developer who is not its author',
    bundleHash: digest('bundle'),
    mode: 'retry',
    actionDigest: digest(`action ${made}`),
    meaningDigest: digest('meaning'),
    similarKey: 'fingerprint-1',
    inTransaction: false,
    tokenExpiresAtMs: nowMs + 3_600_000,
    ...changes,
    principal: {
      subject: 'agent:claude-1',
      onBehalfOf: 'alice@example.com',
      issuer,
      groups: ['developers'],
      ...changes.principal,
    },
    terms: {
      mode: undefined,
      stage: 'action',
      requirements: [{ rule: 'postgres.people.update_of_one', groups: ['developers'], people: [], count: 1 }],
      deadlineMs: 900_000,
      transactionMs: 60_000,
      useWithinMs: 300_000,
      text: 'Check that the ticket names this person.',
      grant: undefined,
      breakGlassGroups: [],
      ...changes.terms,
    },
    view: {
      kind: 'postgres.query',
      words: 'UPDATE of public.people on sample, database app',
      payload: STATEMENT,
      language: 'sql',
      parameters: [],
      facts: [
        ['Database', 'app'],
        ['Role', 'app_developer'],
        ['Tables', 'public.people'],
      ],
      warnings: [],
      ...changes.view,
    },
  };
}
