/** `gatehouse status`: whether the gate serves, and where its parts answer. */
import type { RunEndpoints } from '../supervisor/run-file.ts';
import { findPlace } from './places.ts';
import type { LineWriter } from './terminal.ts';

const PROBE_TIMEOUT_MS = 2_000;

interface Status {
  readonly ready: boolean;
  readonly endpoints: RunEndpoints;
}

/** Asks the parts themselves: what a file says may be old. */
async function readStatus(
  config: string | undefined,
): Promise<Status & { readonly lines: readonly string[] }> {
  const { run, stateDirectory } = await findPlace(config);
  if (run === undefined) {
    return { ready: false, endpoints: {}, lines: ['Gatehouse is not running. Start it: npm start'] };
  }
  const { postgres, http, mcp, console, clickhouse, issuer, envoyAdmin } = run.endpoints;
  const probes = [
    ['workers', run.metrics === undefined ? undefined : `${run.metrics}/ready`],
    ['Envoy', envoyAdmin === undefined ? undefined : `${envoyAdmin}/ready`],
    // Elsewhere its name may be one of a proxy's that this machine does not reach.
    ['console', console === undefined || run.mode !== 'development' ? undefined : `${console}/health`],
    ['ClickHouse', clickhouse === undefined ? undefined : `${clickhouse}/ping`],
    ['issuer', issuer === undefined ? undefined : `${issuer}/.well-known/openid-configuration`],
  ] as const;
  const asked = probes.filter(([, url]) => url !== undefined);
  const answers = await Promise.all(
    asked.map(async ([name, url]) => ({ name, ok: await answers200(url as string) })),
  );
  const ready = run.ready && answers.every(({ ok }) => ok);
  const endpoints = {
    ...(postgres === undefined ? {} : { postgres }),
    ...(http === undefined ? {} : { http }),
    ...(mcp === undefined ? {} : { mcp }),
    ...(console === undefined ? {} : { console }),
    ...(clickhouse === undefined ? {} : { clickhouse }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(envoyAdmin === undefined ? {} : { envoyAdmin }),
  };
  const lines = [
    `Gatehouse is ${ready ? 'ready' : run.ready ? 'not ready' : 'starting'} (process ${run.process.pid}, state in ${stateDirectory}).`,
    ...answers.map(({ name, ok }) => `  ${ok ? '✓' : '✗'} ${name}`),
    ...Object.entries({ ...endpoints, ...(run.metrics === undefined ? {} : { metrics: run.metrics }) }).map(
      ([name, url]) => `  ${name.padEnd(11)} ${url}`,
    ),
  ];
  return { ready, endpoints, lines };
}

/** Prints it; resolves with the exit code, 0 when ready. */
export async function status(
  options: { config?: string; json?: boolean },
  write: LineWriter,
): Promise<number> {
  const { ready, endpoints, lines } = await readStatus(options.config);
  if (options.json === true) write(JSON.stringify({ ready, endpoints }));
  else for (const line of lines) write(line);
  return ready ? 0 : 1;
}

async function answers200(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })).ok;
  } catch {
    return false;
  }
}
