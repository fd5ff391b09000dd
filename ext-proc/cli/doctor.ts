/**
 * `gatehouse doctor`: looks at a gate from all sides and says what would break a promise of it, and what to do. Reads
 * and asks only; changes nothing.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { GatehouseConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { readRun } from '../supervisor/run-file.ts';
import { colors } from './colors.ts';
import { approvals, type ApprovalPorts } from './doctor/approvals.ts';
import { certificates } from './doctor/certificates.ts';
import type { Check, CheckStatus } from './doctor/check.ts';
import { failure, ok, reasonOf } from './doctor/check.ts';
import { clocks } from './doctor/clocks.ts';
import { databaseLogins, type TryLogin } from './doctor/database-logins.ts';
import { envoySettings } from './doctor/envoy-settings.ts';
import { treeOfBootstrap } from './doctor/envoy-tree.ts';
import { httpCredentials, type TryHttpCredential } from './doctor/http-credentials.ts';
import { httpListenerTls, httpUpstreamTls } from './doctor/http-tls.ts';
import { issuerSubjects } from './doctor/issuer-subjects.ts';
import { localState } from './doctor/local-state.ts';
import { maskingMarks, type ReadTables } from './doctor/masking-marks.ts';
import { policyRules, type PolicyPorts } from './doctor/policy-rules.ts';
import { listenerTls, upstreamTls } from './doctor/postgres-tls.ts';
import { runningEnvoy } from './doctor/running-envoy.ts';

export interface DoctorOptions {
  /** gatehouse.yaml. */
  readonly config: string;
  /** Look at this Envoy configuration (YAML or JSON) instead of a running gate. */
  readonly envoyConfig?: string;
  readonly json?: boolean;
}

export interface DoctorPorts extends ApprovalPorts {
  readonly tryLogin: TryLogin;
  readonly tryHttpCredential: TryHttpCredential;
  readonly policy: PolicyPorts;
  readonly readTables: ReadTables;
  readonly nowMs: () => number;
}

/** Every check, in the order that a person reads them. Never rejects: what cannot be looked at is a failure. */
export async function examine(options: DoctorOptions, ports: DoctorPorts): Promise<readonly Check[]> {
  let config: GatehouseConfig;
  try {
    config = await loadConfig(options.config);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.message.split('\n') : [reasonOf(error)];
    return problems.map((problem) =>
      failure(
        'config',
        '',
        problem,
        'correct gatehouse.yaml; docs/gatehouse.example.yaml explains every key',
      ),
    );
  }
  const checks: Check[] = [ok('config', '', config.file)];
  if (options.envoyConfig !== undefined) {
    return [...checks, ...(await fileSettings(options.envoyConfig, config))];
  }
  const clickhouse =
    config.audit.clickhouse.url ?? (await readRun(config.service.stateDirectory))?.endpoints.clickhouse;
  const parts = await Promise.all([
    runningEnvoy(config),
    Promise.all([...config.listeners.map(listenerTls), ...config.httpListeners.map(httpListenerTls)]),
    certificates(config, ports.nowMs()),
    Promise.all([
      ...config.upstreams.map((upstream) => upstreamTls(config, upstream, ports.nowMs())),
      ...config.httpUpstreams.map((upstream) => httpUpstreamTls(config, upstream, ports.nowMs())),
    ]).then((each) => each.flat()),
    databaseLogins(config, ports.tryLogin),
    httpCredentials(config, ports.tryHttpCredential),
    approvals(config, ports),
    issuerSubjects(config),
    policyRules(config, ports.policy),
    maskingMarks(config, ports.readTables),
    clocks(config, clickhouse, ports.nowMs),
    localState(config),
  ]);
  return [...checks, ...parts.flat()];
}

async function fileSettings(file: string, config: GatehouseConfig): Promise<readonly Check[]> {
  try {
    return envoySettings(
      treeOfBootstrap(parse(await readFile(file, 'utf8'), { maxAliasCount: 1_000 })),
      config,
    );
  } catch (error) {
    return [
      failure(
        'envoy.settings',
        file,
        `cannot be read: ${reasonOf(error)}`,
        'give an Envoy bootstrap as YAML or JSON',
      ),
    ];
  }
}

/** Prints what was found. Resolves with the exit code: 1 where there is a failure. */
export async function doctor(
  options: DoctorOptions,
  ports: DoctorPorts,
  write: (line: string) => void,
): Promise<number> {
  const checks = await examine(options, ports);
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  if (options.json === true) {
    const summary = {
      ok: count('ok'),
      warnings: count('warning'),
      failures: count('failure'),
      skipped: count('skipped'),
    };
    write(JSON.stringify({ healthy: summary.failures === 0, summary, checks }));
  } else {
    for (const check of checks) for (const line of lines(check)) write(line);
    write('');
    write(
      `${count('ok')} good, ${count('warning')} warnings, ${count('failure')} failures, ${count('skipped')} skipped`,
    );
  }
  return count('failure') > 0 ? 1 : 0;
}

const MARKS: Readonly<Record<CheckStatus, string>> = {
  ok: colors.green('✓'),
  warning: colors.yellow('!'),
  failure: colors.red('✗'),
  skipped: colors.dim('-'),
};

function lines({ id, status, subject, detail, next }: Check): readonly string[] {
  const head = `${MARKS[status]} ${id.padEnd(22)} ${subject === '' ? '' : `${subject}: `}${detail}`;
  return next === undefined ? [head] : [head, `    → ${next}`];
}
