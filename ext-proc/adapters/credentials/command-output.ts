/**
 * What a command prints, for secrets. The command is an argument list and no shell reads it. It has a deadline after
 * which its whole process group is killed, its output a limit, and what it writes to stderr goes nowhere: a failing
 * credential helper is apt to print the credential.
 */
import { spawn } from 'node:child_process';
import { GatehouseError } from '../../domain/errors.ts';

const TIMEOUT_MS = 10_000;

/** Rejects with GH_COMMAND, whose message says why and never holds output. */
export function commandOutput(
  command: readonly string[],
  bytesMax: number,
  timeoutMs = TIMEOUT_MS,
): Promise<Buffer> {
  const [program, ...args] = command;
  if (program === undefined) return Promise.reject(commandError('names no program'));
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let failure: GatehouseError | undefined;
    const stop = (why: string): void => {
      failure ??= commandError(why);
      // Destroyed too: a grandchild that left the group could hold the pipe open for ever.
      child.stdout.destroy();
      try {
        // The group, since the program may be a script that started the real one.
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Already gone.
      }
    };
    const deadline = setTimeout(() => stop(`did not end within ${timeoutMs} ms`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) stop(`printed more than ${bytesMax} bytes`);
      else chunks.push(chunk);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline);
      reject(failure ?? commandError(`cannot be started (${error.code ?? 'unknown error'})`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(deadline);
      if (failure === undefined && code !== 0)
        failure = commandError(`ended with ${signal ?? `status ${code}`}`);
      if (failure === undefined) resolve(Buffer.concat(chunks));
      else reject(failure);
    });
  });
}

function commandError(why: string): GatehouseError {
  return new GatehouseError('GH_COMMAND', "A command of the gate's configuration failed.", { message: why });
}
