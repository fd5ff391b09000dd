/** The gatehouse.yaml of the development stack: one listener on loopback in front of the sample database. */
import { stringify } from 'yaml';

import type { SampleLogin } from './sample-database.ts';

export interface DevConfigFacts {
  readonly ports: {
    readonly gate: number;
    readonly sample: number;
    readonly admin: number;
    readonly metrics: number;
  };
  readonly issuer: string;
  readonly audience: string;
  readonly database: string;
  readonly caFile: string;
  readonly gateCertificate: { readonly certificateFile: string; readonly keyFile: string };
  readonly passwordFiles: Readonly<Record<SampleLogin, string>>;
  readonly maskingKeyFile: string;
  /** Folder or manifest of the policy bundle. */
  readonly bundle: string;
  readonly socketDirectory: string | undefined;
  readonly workers: number | 'auto';
}

const DEV_LISTENER = 'app';
const DEV_UPSTREAM = 'sample';

/** What a developer sees of the sample: enough to work with of people, nothing of their numbers and of the keys. */
const DEV_MARKS = [
  { column: 'public.people.email', tag: 'email', style: 'partial' },
  { column: 'public.people.phone', tag: 'phone', style: 'partial' },
  { column: 'public.people.card', tag: 'payment_card', style: 'partial' },
  { column: 'public.people.ssn', tag: 'us_ssn', style: 'full' },
  { column: 'public.secrets.*', tag: 'secret', style: 'full' },
];

const HEADER = `# The development stack's configuration. \`npm start\` writes it anew each time, so changes here are lost:
# to put the gate before your own servers, copy it and use \`npm start -- --config FILE\`.
`;

/** Paths in it are absolute. */
export function devConfigText(facts: DevConfigFacts): string {
  const { ports, passwordFiles } = facts;
  const loopback = (port: number): string => `127.0.0.1:${port}`;
  return (
    HEADER +
    stringify({
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
          tls: {
            certificate: { file: facts.gateCertificate.certificateFile },
            key: { file: facts.gateCertificate.keyFile },
          },
        },
      ],
      upstreams: [
        {
          name: DEV_UPSTREAM,
          protocol: 'postgres',
          address: loopback(ports.sample),
          tls: { mode: 'verify-full', ca: { file: facts.caFile }, serverName: 'localhost' },
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
      ],
      issuers: [{ issuer: facts.issuer, audience: facts.audience, algorithms: ['ES256'] }],
      policy: { bundle: { file: facts.bundle } },
      masking: { key: { file: facts.maskingKeyFile }, columns: DEV_MARKS },
      audit: { clickhouse: { flushInterval: '200ms' } },
    })
  );
}
