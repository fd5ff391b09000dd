/**
 * The gatehouse.yaml of the development stack: on loopback a listener in front of the sample database, and one in front
 * of the sample API and the sample MCP server.
 */
import { stringify } from 'yaml';

import { CONSOLE_CLIENT_ID } from './dev-issuer/console-client.ts';
import { SAMPLE_TEMPLATES } from './sample-api/routes.ts';
import type { SampleLogin } from './sample-database.ts';

export interface DevConfigFacts {
  readonly ports: {
    readonly gate: number;
    readonly sample: number;
    readonly apis: number;
    readonly sampleApi: number;
    readonly sampleMcp: number;
    readonly admin: number;
    readonly metrics: number;
    readonly console: number;
  };
  readonly issuer: string;
  readonly audience: string;
  readonly database: string;
  readonly caFile: string;
  readonly gateCertificate: { readonly certificateFile: string; readonly keyFile: string };
  readonly passwordFiles: Readonly<Record<SampleLogin, string>>;
  readonly sampleApiTokenFile: string;
  readonly sampleMcpTokenFile: string;
  readonly maskingKeyFile: string;
  readonly approvalsKeyFile: string;
  /** Folder or manifest of the policy bundle. */
  readonly bundle: string;
  readonly socketDirectory: string | undefined;
  readonly workers: number | 'auto';
}

const DEV_LISTENER = 'app';
const DEV_UPSTREAM = 'sample';
const DEV_HTTP_LISTENER = 'apis';
const DEV_API = 'sample-api';
const DEV_MCP = 'sample-mcp';
/** Who gets through to the sample API and the sample MCP server; what they may do there is policy's. */
const DEV_GROUPS = ['developers', 'schema-owners', 'readers', 'readonly'];

/** What a developer sees of the sample: enough to work with of people, nothing of their numbers and of the keys. */
const DEV_MARKS = [
  { column: 'public.people.email', tag: 'email', style: 'partial' },
  { column: 'public.people.phone', tag: 'phone', style: 'partial' },
  { column: 'public.people.card', tag: 'payment_card', style: 'partial' },
  { column: 'public.people.ssn', tag: 'us_ssn', style: 'full' },
  { column: 'public.secrets.*', tag: 'secret', style: 'full' },
];

/** The same of the bodies of the API. */
const DEV_FIELDS = [
  { field: '**.email', upstream: DEV_API, tag: 'email', style: 'partial' },
  { field: '**.phone', upstream: DEV_API, tag: 'phone', style: 'partial' },
  { field: '**.card', upstream: DEV_API, tag: 'payment_card', style: 'partial' },
  { field: '**.ssn', upstream: DEV_API, tag: 'us_ssn', style: 'full' },
  { field: '**.ssn', upstream: DEV_MCP, tag: 'us_ssn', style: 'full' },
];

/**
 * A name of its own on loopback: cookies do not tell ports apart, and the issuer's are those of 127.0.0.1. Browsers take
 * secure cookies from either without TLS.
 */
export const devConsoleUrl = (port: number): string => `http://localhost:${port}`;

const HEADER = `# The development stack's configuration. \`npm start\` writes it anew each time, so changes here are lost:
# to put the gate before your own servers, copy it and use \`npm start -- --config FILE\`.
`;

/** Paths in it are absolute. */
export function devConfigText(facts: DevConfigFacts): string {
  const { ports, passwordFiles } = facts;
  const loopback = (port: number): string => `127.0.0.1:${port}`;
  const tls = {
    certificate: { file: facts.gateCertificate.certificateFile },
    key: { file: facts.gateCertificate.keyFile },
  };
  const upstreamTls = { mode: 'verify-full', ca: { file: facts.caFile }, serverName: 'localhost' };
  return (
    HEADER +
    stringify(
      {
        version: 1,
        service: {
          workers: facts.workers,
          stateDirectory: '.',
          ...(facts.socketDirectory === undefined ? {} : { socketDirectory: facts.socketDirectory }),
          metricsAddress: loopback(ports.metrics),
          drainTimeout: '5s',
        },
        envoy: { adminAddress: loopback(ports.admin), accessLog: 'logs/access.log' },
        listeners: [
          {
            name: DEV_LISTENER,
            protocol: 'postgres',
            address: loopback(ports.gate),
            upstream: DEV_UPSTREAM,
            tls,
          },
          {
            name: DEV_HTTP_LISTENER,
            protocol: 'http',
            address: loopback(ports.apis),
            tls,
            routes: [
              { name: 'mcp', prefix: '/mcp', upstream: DEV_MCP, inspection: 'full' },
              { name: 'documents', prefix: '/documents/', upstream: DEV_API, inspection: 'headers' },
              { name: 'health', prefix: '/health', upstream: DEV_API, inspection: 'authz' },
              { name: 'api', prefix: '/', upstream: DEV_API, inspection: 'full' },
            ],
          },
        ],
        upstreams: [
          {
            name: DEV_UPSTREAM,
            protocol: 'postgres',
            address: loopback(ports.sample),
            tls: upstreamTls,
            labels: { env: 'dev' },
            databases: [facts.database],
            credentials: [
              {
                groups: ['developers', 'schema-owners'],
                user: 'app_developer',
                password: { file: passwordFiles.app_developer },
              },
              {
                groups: ['readers', 'readonly'],
                user: 'app_readonly',
                password: { file: passwordFiles.app_readonly },
              },
            ],
            catalogue: {
              user: 'gatehouse_catalogue',
              password: { file: passwordFiles.gatehouse_catalogue },
              database: facts.database,
            },
          },
          {
            name: DEV_API,
            protocol: 'http',
            address: loopback(ports.sampleApi),
            tls: upstreamTls,
            labels: { env: 'dev' },
            templates: [...SAMPLE_TEMPLATES],
            credentials: [{ groups: DEV_GROUPS, bearer: { file: facts.sampleApiTokenFile } }],
          },
          {
            name: DEV_MCP,
            protocol: 'mcp',
            address: loopback(ports.sampleMcp),
            tls: upstreamTls,
            labels: { env: 'dev' },
            credentials: [{ groups: DEV_GROUPS, bearer: { file: facts.sampleMcpTokenFile } }],
          },
        ],
        issuers: [{ issuer: facts.issuer, audience: facts.audience, algorithms: ['ES256'] }],
        policy: { bundle: { file: facts.bundle } },
        masking: { key: { file: facts.maskingKeyFile }, columns: DEV_MARKS, fields: DEV_FIELDS },
        approvals: {
          key: { file: facts.approvalsKeyFile },
          console: {
            address: loopback(ports.console),
            publicUrl: devConsoleUrl(ports.console),
            login: { issuer: facts.issuer, clientId: CONSOLE_CLIENT_ID, scopes: ['openid'] },
            roles: { reviewer: ['reviewers'], auditor: ['auditors'], admin: ['operators'] },
          },
        },
        audit: { clickhouse: { flushInterval: '200ms' } },
      },
      // Whoever copies a part of it finds it whole.
      { aliasDuplicateObjects: false },
    )
  );
}
