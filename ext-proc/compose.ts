/**
 * The only place where adapters are made and wired into a worker. Nothing is decided here.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createCatalogue } from './adapters/catalogue/catalogue.ts';
import type { CatalogueEndpoint } from './adapters/catalogue/connection.ts';
import { createCatalogueFingerprints } from './adapters/catalogue/fingerprint.ts';
import { createCredentialSource } from './adapters/credentials/credential-source.ts';
import { readSecretSource } from './adapters/credentials/secret-source.ts';
import { openJournal } from './adapters/journal/journal.ts';
import { createTokenVerifier } from './adapters/oidc/token-verifier.ts';
import { createPolicyEngine } from './adapters/opa-policy/engine.ts';
import { createWorkerMetrics, type WorkerMetrics } from './adapters/prometheus.ts';
import { createRandomPool } from './adapters/random-pool.ts';
import { createReloadedSecureContext } from './adapters/secure-context.ts';
import { openSqliteState } from './adapters/sqlite-state.ts';
import { sourceKey } from './adapters/sqlite-state/source-key.ts';
import { createStatementDescriber } from './adapters/statement-describer.ts';
import { createSystemClock } from './adapters/system-clock.ts';
import { watchFiles } from './adapters/watched-files.ts';
import { join } from 'node:path';
import type { GatehouseConfig, RemoteServiceConfig, SecretSource, UpstreamConfig } from './config/config.ts';
import { composeApprovals } from './compose-approvals.ts';
import { composeHttp } from './compose-http.ts';
import { composeMasking } from './compose-masking.ts';
import { recordConfiguration, recordPolicyChange, type GateRecords } from './compose-records.ts';
import { catalogueSocket, workerSocket } from './config/socket-paths.ts';
import type { SessionId } from './domain/ids.ts';
import type { Log } from './domain/log.ts';
import { isMeantBy } from './domain/principal.ts';
import type { Secret } from './domain/secret.ts';
import { CHECK_PATH, checkMethod } from './edge/ext-authz-service.ts';
import { PROCESS_PATH, processMethod } from './edge/ext-proc-service.ts';
import { createGrpcServer, type GrpcServer, type MutualTls } from './edge/grpc-server.ts';
import { HEALTH_CHECK_PATH, healthMethod } from './edge/health-service.ts';
import type { ExchangeFactory } from './exchange/exchange.ts';
import { HttpRequestExchange } from './exchange/http/http-exchange.ts';
import type { HttpExchangeFactory } from './exchange/http/http-wire.ts';
import type {
  PostgresGate,
  PostgresRoute,
  TerminableSession,
  UpstreamTls,
} from './exchange/postgres/gate.ts';
import { watchMarks } from './exchange/postgres/masking/mark-watch.ts';
import type { PostgresMasking } from './exchange/postgres/masking/postgres-masking.ts';
import { PostgresExchange } from './exchange/postgres/postgres-exchange.ts';
import { createUpstreamCanceller } from './exchange/postgres/upstream-cancel.ts';
import { createRefusedConnections } from './exchange/refused-connections.ts';
import { markableTables } from './protocols/postgres/sql/markable-tables.ts';
import { columnCatalogue } from './protocols/postgres/sql/lineage/column-catalogue.ts';

/** Where Envoy leads the gate's own connections to an upstream. */
type OwnConnection = { readonly path: string } | { readonly host: string; readonly port: number };

export interface ComposedWorker {
  readonly metrics: WorkerMetrics;
  /** New streams go elsewhere, idle sessions end; resolves when none is left. */
  drain(): Promise<void>;
  /** Ends what is left and closes everything. */
  close(): Promise<void>;
}

export async function composeWorker(
  config: GatehouseConfig,
  index: number,
  log: Log,
): Promise<ComposedWorker> {
  const worker = `worker-${index}`;
  const clock = createSystemClock();
  const random = createRandomPool();
  const journal = await openJournal({
    directory: config.audit.journal.directory,
    worker,
    durability: config.audit.durability,
    segmentBytes: config.audit.journal.segmentBytes,
    bytesMax: config.audit.journal.bytesMax,
    clock,
    log,
  });
  const records: GateRecords = { journal, clock, random, log };
  const metrics = createWorkerMetrics(worker, {
    journalWaitingBytes: () => journal.stats().unshippedBytesAtMost,
  });
  const policy = await createPolicyEngine({
    bundleFile: config.policy.bundle.file,
    reportOnly: config.policy.reportOnly,
    reportOnlyUpstreams: [...config.upstreams, ...config.httpUpstreams]
      .filter((upstream) => upstream.reportOnly)
      .map((upstream) => upstream.name),
    log,
    // Every worker reloads by itself; one row is enough.
    onChange: (change) => {
      if (index === 0) recordPolicyChange(records, change);
    },
  });
  if (index === 0) await recordConfiguration(records, readFileSync(config.file), policy.bundleHash);
  const verifier = createTokenVerifier({ issuers: config.issuers, clock, log });
  const credentials = createCredentialSource({ upstreams: config.upstreams, clock, log });
  const state = openSqliteState({
    file: join(config.service.stateDirectory, 'state.db'),
    worker,
    clock,
    log,
    listeners: config.listeners,
  });
  const tlsOf = new Map(config.upstreams.map((upstream) => [upstream.name, upstreamTls(upstream)]));
  const ownConnection = new Map(
    config.upstreams.map((upstream) => [upstream.name, catalogueConnection(config, upstream)]),
  );
  const marks = watchMarks({ rules: config.masking.columns, log });
  const endpoints = new Map(
    config.upstreams.flatMap(({ name, catalogue }) => {
      if (catalogue === undefined) return [];
      const endpoint: CatalogueEndpoint = {
        connect: ownConnection.get(name) as OwnConnection,
        tls: tlsOf.get(name) as UpstreamTls,
        user: catalogue.user,
        password: passwordOf(catalogue.password),
      };
      return [[name, { endpoint, refreshMs: catalogue.refreshMs }] as const];
    }),
  );
  const catalogues = new Map(
    [...endpoints].map(([upstream, { endpoint, refreshMs }]) => [
      upstream,
      createCatalogue({
        ...endpoint,
        upstream,
        refreshMs,
        log,
        onRead: (database, snapshot) => marks.read(upstream, database, () => markableTables(snapshot)),
        monotonicMs: () => clock.monotonicMs(),
      }),
    ]),
  );
  const meanings = createCatalogueFingerprints((upstream) => endpoints.get(upstream)?.endpoint);
  const describer = createStatementDescriber({ catalogueOf: (upstream) => catalogues.get(upstream) });
  const composedMasking = await composeMasking(config.masking);
  const masking: PostgresMasking = {
    ...composedMasking,
    columns: columnCatalogue((upstream, database) => catalogues.get(upstream)?.latest(database)),
    types: (upstream, database) => catalogues.get(upstream)?.types(database) ?? (() => undefined),
  };
  const sessions = new Map<SessionId, TerminableSession>();
  const refusedConnections = createRefusedConnections({
    journal,
    clock,
    random,
    log,
    sourceOf: sourceKey,
    policyBundle: () => policy.bundleHash,
  });
  const approvals = await composeApprovals(config, { journal, clock, random, log });
  const gate: PostgresGate = {
    clock,
    random,
    worker,
    policy,
    verifier,
    credentials,
    describer,
    masking,
    state,
    journal,
    canceller: createUpstreamCanceller(
      new Map(
        config.upstreams.map((upstream) => [
          upstream.name,
          {
            connect: ownConnection.get(upstream.name) as OwnConnection,
            tls: tlsOf.get(upstream.name) as UpstreamTls,
          },
        ]),
      ),
      log,
    ),
    metrics,
    refusedConnections,
    approvals: approvals?.desk,
    noticeIntervalMs: config.approvals?.noticeIntervalMs ?? 0,
    meanings,
    log,
    sessions,
  };
  const http = await composeHttp(config, {
    clock,
    random,
    policy,
    verifier,
    state,
    journal,
    metrics,
    refusedConnections,
    approvals: approvals?.desk,
    log,
    masking: composedMasking,
  });
  const stopCommands = state.onCommand((command) => {
    if (command.kind === 'block') {
      for (const request of http.live) {
        if (isMeantBy(request.principal, command.subject)) request.terminate('GH_PRINCIPAL_BLOCKED');
      }
    }
    for (const [id, session] of sessions) {
      const meant =
        command.kind === 'kill' ? id === command.sessionId : isMeantBy(session.principal, command.subject);
      if (!meant) continue;
      session.terminate(
        command.kind === 'kill'
          ? {
              kind: 'postgres.killed',
              code: 'GH_SESSION_KILLED',
              sqlstate: '57P01',
              publicMessage: 'the session was ended by an operator',
            }
          : {
              kind: 'postgres.killed',
              code: 'GH_PRINCIPAL_BLOCKED',
              sqlstate: '57P01',
              publicMessage: "this principal is blocked; ask the gate's operators",
            },
      );
    }
  });

  let serving = true;
  const { remote, socketDirectory } = config.service;
  const httpFactory: HttpExchangeFactory = (attributes, wire, stream) =>
    new HttpRequestExchange(http, attributes, wire, stream);
  const factories = { tunnel: exchangeFactory(config, gate, tlsOf, log), http: httpFactory };
  const server: GrpcServer = createGrpcServer({
    methods: new Map([
      [PROCESS_PATH, processMethod(factories, log)],
      [CHECK_PATH, checkMethod(httpFactory, log)],
      [HEALTH_CHECK_PATH, healthMethod(() => serving)],
    ]),
    tls: remote === undefined ? undefined : mutualTls(remote),
    onBatch: () => journal.flush(),
  });
  const stopWatching = remote === undefined ? undefined : renewOnChange(server, remote, log);
  if (remote === undefined) {
    const path = workerSocket(socketDirectory, index);
    // What a killed worker left behind is in the way.
    rmSync(path, { force: true });
    await server.listen({ path });
  } else await server.listen({ host: remote.address.host, port: remote.address.port + index });

  return {
    metrics,
    async drain() {
      serving = false;
      for (const session of sessions.values()) session.drain();
      for (const request of http.live) request.drain();
      const deadline = clock.monotonicMs() + config.service.drainTimeoutMs;
      while (sessions.size + http.live.size > 0 && clock.monotonicMs() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async close() {
      serving = false;
      for (const session of sessions.values()) {
        session.terminate({
          kind: 'postgres.drained',
          code: 'GH_DRAINED',
          sqlstate: '57P01',
          publicMessage: 'the gate is stopping; connect again',
        });
      }
      for (const request of http.live) request.terminate('GH_DRAINED');
      await new Promise((resolve) => setTimeout(resolve, sessions.size + http.live.size > 0 ? 200 : 0));
      stopCommands();
      stopWatching?.();
      await server.close();
      await approvals?.close();
      await refusedConnections.close();
      policy.close();
      verifier.close();
      await describer.close();
      for (const catalogue of catalogues.values()) await catalogue.close();
      await meanings.close();
      await journal.close();
      state.close();
    },
  };
}

function exchangeFactory(
  config: GatehouseConfig,
  gate: PostgresGate,
  tlsOf: ReadonlyMap<string, UpstreamTls>,
  log: Log,
): ExchangeFactory {
  const routes = new Map<string, PostgresRoute>();
  for (const listener of config.listeners) {
    const upstream = config.upstreams.find(
      (candidate) => candidate.name === listener.upstream,
    ) as UpstreamConfig;
    routes.set(listener.name, {
      listener: listener.name,
      secureContext: listener.tls === undefined ? undefined : createReloadedSecureContext(listener.tls, log),
      plaintextAllowed: listener.plaintextAllowed,
      handshakeTimeoutMs: listener.limits.handshakeTimeoutMs,
      upstream: {
        name: upstream.name,
        labels: upstream.labels,
        databases: upstream.databases,
        tls: tlsOf.get(upstream.name) as UpstreamTls,
      },
    });
  }
  // Both headers are set by Envoy alone; without them there is no exchange (envoy-facts, trap 10).
  return (headers, wire) => {
    const route = routes.get(headers.get('x-gatehouse-listener') ?? '');
    const clientAddress = headers.get('x-gatehouse-client-address');
    if (headers.get(':method') !== 'CONNECT' || route === undefined || clientAddress === undefined)
      return undefined;
    return new PostgresExchange(gate, route, wire, clientAddress);
  };
}

const mutualTls = ({ certificate, key, clientCa }: RemoteServiceConfig): MutualTls => ({
  certificate: readFileSync(certificate.file),
  key: readFileSync(key.file),
  clientCa: readFileSync(clientCa.file),
});

/** What Envoy sees, and which Envoy is served, follow their files; what cannot be used is refused, and the old stays. */
function renewOnChange(server: GrpcServer, remote: RemoteServiceConfig, log: Log): () => void {
  const files = [remote.certificate.file, remote.key.file, remote.clientCa.file];
  return watchFiles(files, () => {
    try {
      server.renewTls(mutualTls(remote));
      log.info({ files }, 'service certificates renewed');
    } catch (error) {
      log.error({ err: error, files }, 'new service certificates refused; the old ones stay');
    }
  });
}

function upstreamTls(upstream: UpstreamConfig): UpstreamTls {
  const { mode, ca, serverName } = upstream.tls;
  return { mode, ca: ca === undefined ? undefined : readFileSync(ca.file, 'utf8'), serverName };
}

function passwordOf(source: SecretSource | undefined): () => Promise<Secret<string> | undefined> {
  return () => (source === undefined ? Promise.resolve(undefined) : readSecretSource(source));
}

function catalogueConnection(config: GatehouseConfig, upstream: UpstreamConfig): OwnConnection {
  const address = upstream.serviceAddress;
  if (address !== undefined) return { host: address.host, port: address.port };
  return { path: catalogueSocket(config.service.socketDirectory, upstream.name) };
}
