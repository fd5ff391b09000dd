import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';

import { oneStatement } from './connect-sql.ts';
import { gateClient } from './gate-client.ts';

const login = (port: number) => ({
  host: '127.0.0.1',
  port,
  user: 'agent:test',
  token: 'token',
  database: 'app',
  tls: false,
  caFile: undefined,
});

test('a connection that ends before the answer is told with what to look at, and without a stack', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const written: string[] = [];
  const asked = oneStatement(await gateClient(login(port)), 'SELECT 1', (line) => written.push(line));
  await expect(asked).rejects.toMatchObject({
    code: 'GH_CONNECT_LOST',
    message: expect.stringContaining('gatehouse status') as string,
  });
  server.close();
  // Nothing listens there any more.
  const again = oneStatement(await gateClient(login(port)), 'SELECT 1', (line) => written.push(line));
  await expect(again).rejects.toMatchObject({ code: 'GH_CONNECT_LOST' });
  expect(written).toEqual([]);
});
