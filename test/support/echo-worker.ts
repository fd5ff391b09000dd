/** The echo processor as a process of its own, so that a test can freeze and kill it as it would a worker. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bench/echo-processor.ts', import.meta.url));

export interface EchoWorker {
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** Kills it; resolves once it is gone. */
  stop(): Promise<void>;
}

export async function startEchoWorker(socket: string): Promise<EchoWorker> {
  const child = spawn(process.execPath, [PROGRAM, '--socket', socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const [said] = (await Promise.race([once(child.stdout, 'data'), gone])) as [unknown];
  if (String(said) !== 'ready\n') throw new Error(`the echo worker did not start: ${String(said)}`);
  return {
    signal: (name) => void child.kill(name),
    stop: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
