/** `gatehouse query`: reads the evidence in ClickHouse, and can do nothing else there. */
import { configuredClickHouse } from '../compose-shipping.ts';
import { GatehouseError } from '../domain/errors.ts';
import { revealSecret } from '../domain/secret.ts';
import { embeddedAuditor } from '../embedded/auditor-login.ts';
import { findPlace, findRunning, placeConfig } from './places.ts';

const TIMEOUT_MS = 120_000;

export interface QueryOptions {
  readonly config?: string;
  /** One of ClickHouse's formats. */
  readonly format: string;
  /** An array of objects, whatever the format. */
  readonly json?: boolean;
}

/**
 * ClickHouse's answer as it came, piece by piece. Rejects with `GH_QUERY` and ClickHouse's own words, or with
 * `GH_NOT_RUNNING` where the embedded one is asked and nothing runs.
 */
export async function query(
  sql: string,
  options: QueryOptions,
  write: (text: string) => void,
): Promise<void> {
  const config = await placeConfig(await findPlace(options.config));
  const configured = await configuredClickHouse(config);
  const parameters = new URLSearchParams({
    database: config.audit.clickhouse.database,
    default_format: options.json === true ? 'JSONEachRow' : options.format,
  });
  let login: { url: string; user: string; password: string };
  if (configured === undefined) {
    const { run, stateDirectory } = await findRunning(options.config);
    const { user, password } = await embeddedAuditor(stateDirectory);
    login = { url: run.endpoints.clickhouse ?? '', user, password: revealSecret(password) };
  } else {
    const { url, user = 'default', password } = configured;
    login = { url, user, password: password === undefined ? '' : revealSecret(password) };
    // The gate's own user may write; a query may not. The embedded auditor may not write in the first place.
    parameters.set('readonly', '1');
  }
  const answer = await fetch(`${login.url}/?${parameters}`, {
    method: 'POST',
    body: sql,
    headers: { 'X-ClickHouse-User': login.user, 'X-ClickHouse-Key': login.password },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new GatehouseError('GH_QUERY', `ClickHouse at ${login.url} does not answer.`, { cause });
  });
  if (!answer.ok) throw new GatehouseError('GH_QUERY', firstSentence(await answer.text()));
  const print = options.json === true ? arrayOfLines(write) : { piece: write, end: () => undefined };
  const decoder = new TextDecoder();
  if (answer.body !== null)
    for await (const chunk of answer.body) print.piece(decoder.decode(chunk, { stream: true }));
  print.piece(decoder.decode());
  print.end();
}

/** A JSON object a line, as it comes, to one array: a row's text has no line break of its own. */
function arrayOfLines(write: (text: string) => void): { piece(text: string): void; end(): void } {
  let before = '[';
  let rest = '';
  return {
    piece(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        write(`${before}${line}`);
        before = ',\n';
      }
    },
    end: () => write(before === '[' ? '[]\n' : ']\n'),
  };
}

/** ClickHouse ends its errors with its version, in parentheses, which helps nobody here. */
const firstSentence = (text: string): string => text.trim().replace(/ \(version [^)]*\)$/, '');
