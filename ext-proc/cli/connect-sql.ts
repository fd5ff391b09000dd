/** `gatehouse connect sql`: one statement through the gate, for a machine without psql. */
import { DatabaseError, type Client } from 'pg';

import { GatehouseError } from '../domain/errors.ts';
import { answerLines, askGate, gateClient, messageLines } from './gate-client.ts';
import { formGateLogin, type ConnectOptions } from './gate-login.ts';
import type { LineWriter } from './terminal.ts';

/**
 * Writes rows or, as psql would, what the server or the gate says; `say` gets its notices as they come. Resolves with the
 * exit code, 1 for a refusal. Throws what `formGateLogin` throws and `oneStatement` rejects with.
 */
export async function connectSql(
  sql: string,
  options: ConnectOptions,
  write: LineWriter,
  say: LineWriter = write,
): Promise<number> {
  const client = await gateClient(await formGateLogin(options));
  // What waits for a person says so by notices, long before its answer.
  client.on('notice', (notice) => messageLines(notice).forEach((line) => say(line)));
  return oneStatement(client, sql, write);
}

/** Connects, asks and ends. Rejects with `GH_CONNECT_LOST` where no answer came. */
export async function oneStatement(client: Client, sql: string, write: LineWriter): Promise<number> {
  try {
    await client.connect();
    answerLines(await askGate(client, sql)).forEach((line) => write(line));
    return 0;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw connectionLost(error);
    messageLines(error).forEach((line) => write(line));
    return 1;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What became of the statement only the evidence can tell. */
function connectionLost(error: unknown): GatehouseError {
  const words = error instanceof Error ? error.message : String(error);
  return new GatehouseError(
    'GH_CONNECT_LOST',
    `No answer: ${words}. Look at \`gatehouse status\`; whether the statement ran is in the evidence: \`gatehouse query "SELECT time, outcome, statement FROM events ORDER BY time DESC LIMIT 5"\``,
    { cause: error },
  );
}
