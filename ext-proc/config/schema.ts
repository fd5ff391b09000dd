/**
 * The shape of gatehouse.yaml, version 1: every key, what it means, what it may hold and its default. Owns shape
 * only: what needs two keys to judge is in cross-checks.ts, and what the rest of the code reads is in config.ts.
 * `docs/gatehouse.schema.json` is made from this file, descriptions included.
 */
import { z } from 'zod';
import { approvals } from './approvals-schema.ts';
import { address, duration, fileReference, name, secretSource, size, text, url } from './forms.ts';
import { httpListener, httpUpstream } from './http-schema.ts';
import { masking } from './masking-schema.ts';
import { clientTls, labels, plaintext, reportOnly } from './shared-schema.ts';

const remote = z
  .strictObject({
    address: address().describe('Where Envoy reaches worker 0; worker n listens on this port plus n.'),
    anchorAddress: address().describe(
      "Where the service's anchor listens, which answers for an upstream that is down.",
    ),
    certificate: fileReference("The service's own certificate, with its chain (PEM)."),
    key: fileReference('The private key of that certificate (PEM).'),
    clientCa: fileReference("The CA that an Envoy's client certificate must come from (PEM)."),
  })
  .describe(
    'Set this where Envoy runs on another host: gRPC then goes over TCP with mutual TLS. Absent: unix sockets.',
  );

const service = z
  .strictObject({
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(256)], {
        error: 'must be auto or a whole number from 1 to 256',
      })
      .default('auto')
      .describe('Worker processes; auto is one an available core.'),
    stateDirectory: text()
      .default('.gatehouse')
      .describe('Where the gate keeps its state, relative to this file.'),
    socketDirectory: text()
      .optional()
      .describe(
        "Where unix sockets are made; a short path, as a socket's path holds 107 bytes. Default: run in the state directory.",
      ),
    metricsAddress: address().default('127.0.0.1:9464').describe('Prometheus metrics; loopback only.'),
    drainTimeout: duration()
      .default('30s')
      .describe('How long a stop waits for sessions that are in a transaction.'),
    remote: remote.optional(),
  })
  .describe('The service behind Envoy.');

const envoy = z
  .strictObject({
    adminAddress: address().default('127.0.0.1:9901').describe("Envoy's admin interface; loopback only."),
    concurrency: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe("Envoy's worker threads. Default: one an available core."),
    connectionsMax: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('Client connections that Envoy holds at once, all listeners together.'),
    heapBytesMax: size().default('2GiB').describe('From 95 % of this Envoy accepts no new connection.'),
    accessLog: text()
      .default('stdout')
      .describe(
        'stdout, or the file of the access log: a JSON line a connection, without statements or tokens.',
      ),
    serviceTls: z
      .strictObject({
        certificate: fileReference(
          "Envoy's client certificate, with its chain (PEM), as a path on Envoy's host.",
        ),
        key: fileReference('The private key of that certificate (PEM).'),
        ca: fileReference("The CA that the service's certificate must come from (PEM)."),
        serverName: text().describe("The DNS name that the service's certificate must carry."),
        sdsDirectory: text()
          .optional()
          .describe(
            "Where Envoy's host has the two files by which Envoy watches certificate, key and CA (`gatehouse envoy render --output` writes them). Default: the directory of the certificate.",
          ),
      })
      .optional()
      .describe('How Envoy proves itself to a service on another host; needed with service.remote.'),
  })
  .describe('What the rendered Envoy configuration says beside listeners and upstreams.');

const postgresListener = z
  .strictObject({
    name: name().describe('Names the listener in logs, metrics and the audit.'),
    protocol: z.literal('postgres').describe('What is spoken there.'),
    address: address().describe("Where clients connect; an IP address of Envoy's host, or localhost."),
    upstream: name().describe('The upstream that this listener leads to.'),
    tls: clientTls('TLS towards clients, by SSLRequest and by direct TLS.').optional(),
    plaintext: plaintext().optional(),
    limits: z
      .strictObject({
        handshakeTimeout: duration().default('10s').describe('From connect to a verified token.'),
        unauthenticatedPerSource: z
          .int()
          .min(1)
          .max(100_000)
          .default(16)
          .describe('Connections of one client address that have not shown a token yet.'),
        unauthenticatedMax: z
          .int()
          .min(1)
          .max(100_000)
          .default(64)
          .describe("The same of all addresses together; keep it below the database's max_connections."),
      })
      .prefault({})
      .describe('Limits on what has not proven who it is.'),
  })
  .describe('An address where PostgreSQL clients connect.');

const credential = z
  .strictObject({
    groups: z
      .array(text())
      .min(1)
      .describe('The first entry with a group of the principal\'s is used; "*" is any principal.'),
    user: text()
      .max(63, 'must be at most 63 bytes, as a PostgreSQL role name is')
      .describe('The database role.'),
    password: secretSource("The role's password.").optional(),
  })
  .describe('A login on the upstream, and the groups that get it.');

const catalogue = z
  .strictObject({
    user: text().max(63).describe('A role that may read the system catalogue, and needs no more.'),
    password: secretSource('Its password.').optional(),
    database: text()
      .max(63)
      .optional()
      .describe('Where databases is absent: the database whose catalogue is read first.'),
    refresh: duration().default('30s').describe('How often a change made elsewhere is looked for.'),
  })
  .describe(
    'How the gate reads tables, views and functions. Without it names stay unresolved, and the default policy denies them.',
  );

const postgresUpstream = z
  .strictObject({
    name: name().describe('Names the upstream in policy (input.upstream.name) and the audit.'),
    protocol: z.literal('postgres').describe('What is spoken there.'),
    address: address().describe('The real server.'),
    tls: z
      .strictObject({
        mode: z
          .enum(['prefer', 'require', 'verify-full'], { error: 'must be prefer, require or verify-full' })
          .default('verify-full')
          .describe("As libpq's sslmode. Only verify-full stands against an active attacker."),
        ca: fileReference(
          "The CA of the server's certificate (PEM). Default: the CAs that Node trusts.",
        ).optional(),
        serverName: text()
          .optional()
          .describe('The name that the certificate must carry. Default: the host of address.'),
      })
      .prefault({})
      .describe('TLS towards the server.'),
    labels: labels(),
    databases: z
      .array(text().max(63))
      .min(1)
      .optional()
      .describe('The databases a client may ask for. Absent: any.'),
    reportOnly: reportOnly(),
    credentials: z.array(credential).min(1).describe('Logins by group, first match first.'),
    catalogue: catalogue.optional(),
    serviceAddress: address()
      .optional()
      .describe(
        'With service.remote: where Envoy offers the service its own connection to this server (catalogue, cancels). Nobody else may reach it. Else a unix socket.',
      ),
  })
  .describe('A real PostgreSQL server.');

const listener = z.discriminatedUnion('protocol', [postgresListener, httpListener], {
  error: 'must be postgres or http',
});
const upstream = z.discriminatedUnion('protocol', [postgresUpstream, httpUpstream], {
  error: 'must be postgres, http or mcp',
});

/** Asymmetric signatures of RFC 7518 section 3.1 and RFC 8037. `none` and HS* can never be listed. */
export const TOKEN_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
] as const;

const issuer = z
  .strictObject({
    issuer: url('https').describe('The exact iss of its tokens. https, or http on loopback.'),
    audience: text().describe('The aud that a token must carry.'),
    algorithms: z
      .array(
        z.enum(TOKEN_ALGORITHMS, {
          error: `must be one of ${TOKEN_ALGORITHMS.join(', ')}; none and the shared-secret algorithms (HS256 …) are never accepted`,
        }),
      )
      .min(1)
      .describe('The signature algorithms accepted.'),
    jwksUri: url('https')
      .optional()
      .describe('Where its keys are. Default: what its discovery document says.'),
    claims: z
      .strictObject({
        groups: text()
          .default('groups')
          .describe('The claim with the groups; a dot goes into an object: realm_access.roles.'),
        person: text()
          .optional()
          .describe(
            'The claim that names the person behind an account, such as an employee number: the accounts of one person may not approve what another of them asks for.',
          ),
      })
      .prefault({})
      .describe('How claims map to the principal.'),
    clockTolerance: duration().default('5s').describe('Allowed difference between its clock and ours.'),
    tokenLifetimeMax: duration().optional().describe('Refuse a token that is good for longer than this.'),
    jwksStaleMax: duration()
      .default('1h')
      .describe('How long known keys are used while the issuer cannot be reached.'),
  })
  .describe('Who may vouch for principals.');

const policy = z
  .strictObject({
    bundle: fileReference(
      'The compiled policy bundle: its manifest.json, or its folder. Watched: a new one takes force when it loads, a broken one is refused.',
    ),
    reportOnly: z.array(text()).default([]).describe('Rules that are decided and recorded but not enforced.'),
  })
  .describe('What decides.');

const clickhouse = z
  .strictObject({
    url: url('http or https')
      .optional()
      .describe('A ClickHouse server or cluster. Absent: the embedded one.'),
    database: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'must be a plain identifier')
      .default('gatehouse')
      .describe('The database of its tables.'),
    user: text().optional().describe("A role that may insert into the gate's tables and create them."),
    password: secretSource('Its password.').optional(),
    cluster: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, 'must be the name of a cluster')
      .optional()
      .describe('Create replicated and distributed tables on this cluster.'),
    batchRows: z.int().min(1).max(1_000_000).default(5_000).describe('Rows in a batch at most.'),
    flushInterval: duration().default('1s').describe('The longest that a record waits for its batch.'),
  })
  .describe('Where the evidence goes.');

const audit = z
  .strictObject({
    durability: z
      .enum(['written', 'fsynced'], { error: 'must be written or fsynced' })
      .default('written')
      .describe(
        'What a record must survive before its action goes on: written, a crash of the service; fsynced, of the machine.',
      ),
    journal: z
      .strictObject({
        directory: text().optional().describe('Default: journal in the state directory.'),
        segmentBytes: size()
          .default('64MiB')
          .describe('When a file of the journal is closed and the next begun.'),
        bytesMax: size()
          .default('8GiB')
          .describe('Records not yet in ClickHouse; when they take more than this, actions are denied.'),
      })
      .prefault({})
      .describe('The local, hash-chained journal.'),
    clickhouse: clickhouse.prefault({}),
  })
  .describe('What is recorded, and where.');

/** gatehouse.yaml, version 1. */
export const configSchema = z
  .strictObject({
    version: z
      .literal(1, { error: 'must be 1, the one version there is' })
      .describe("The version of this file's form."),
    service: service.prefault({}),
    envoy: envoy.prefault({}),
    listeners: z.array(listener).min(1).describe('Where clients connect.'),
    upstreams: z.array(upstream).min(1).describe('The real servers.'),
    issuers: z.array(issuer).min(1).describe('Who may vouch for principals.'),
    policy,
    masking: masking.prefault({}),
    audit: audit.prefault({}),
    approvals: approvals.optional(),
  })
  .meta({ title: 'Gatehouse configuration, version 1' });

/** The file's content once its shape is right, defaults filled in, units still in words. */
export type RawConfig = z.output<typeof configSchema>;

/** JSON Schema (2020-12) of gatehouse.yaml, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { io: 'input' }) as Record<string, unknown>;
}
