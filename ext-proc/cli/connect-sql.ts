/** `gatehouse connect sql`: one statement through the gate, for a machine without psql. */
import { DatabaseError } from 'pg';

import { answerLines, askGate, gateClient, messageLines } from './gate-client.ts';
import { formGateLogin, type ConnectOptions } from './gate-login.ts';
import type { LineWriter } from './terminal.ts';

/**
 * Writes rows or, as psql would, what the server or the gate says; `say` gets its notices as they come. Resolves with the
 * exit code, 1 for a refusal. Throws what `formGateLogin` throws.
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
  try {
    await client.connect();
    answerLines(await askGate(client, sql)).forEach((line) => write(line));
    return 0;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    messageLines(error).forEach((line) => write(line));
    return 1;
  } finally {
    await client.end().catch(() => undefined);
  }
}
