import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, portIsFree } from './ready.ts';

test('a free port is given to one only, and can be listened on', async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, () => freePort()));
  expect(new Set(ports).size).toBe(300);
  const [port] = ports as [number];
  expect(await portIsFree(port)).toBe(true);
  const server = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  expect(await portIsFree(port)).toBe(false);
  server.close();
});

test('to none of two processes what the other was given', { timeout: 30_000 }, async () => {
  const program = `
    import { freePort } from ${JSON.stringify(new URL('ready.ts', import.meta.url).href)};
    const ports = [];
    for (let each = 0; each < 1_000; each++) ports.push(await freePort());
    process.send(ports);
    process.once('message', () => process.exit());
  `;
  const children = [0, 1].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  );
  const given = await Promise.all(
    children.map(
      (child) =>
        new Promise<number[]>((resolve) => child.once('message', (ports) => resolve(ports as number[]))),
    ),
  );
  for (const child of children) child.send('end');
  expect(new Set(given.flat()).size).toBe(2_000);
});
