/** `gatehouse connect sql`: one statement through the gate, for a machine without psql. */
import { DatabaseError } from 'pg';

import { answerLines, askGate, gateClient, messageLines } from './gate-client.ts';
import { formGateLogin, type ConnectOptions } from './gate-login.ts';
import type { LineWriter } from './terminal.ts';

/**
 * Writes rows or, as psql would, what the server or the gate says; notices as they come, so that who waits for an
 * approval knows it. Resolves with the exit code, 1 for a refusal. Throws what `formGateLogin` throws.
 */
export async function connectSql(sql: string, options: ConnectOptions, write: LineWriter): Promise<number> {
  const client = await gateClient(await formGateLogin(options));
  const writeAll = (lines: readonly string[]): void => lines.forEach((line) => write(line));
  client.on('notice', (notice) => writeAll(messageLines(notice)));
  try {
    await client.connect();
    writeAll(answerLines(await askGate(client, sql)));
    return 0;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    writeAll(messageLines(error));
    return 1;
  } finally {
    await client.end().catch(() => undefined);
  }
}
