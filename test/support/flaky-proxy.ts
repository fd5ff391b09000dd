/**
 * An HTTP proxy in front of ClickHouse that loses answers: the server has done what was asked, and the client does not
 * learn of it. Loses an answer to an insert wherever `lose` says so.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FlakyProxy {
  readonly url: string;
  readonly lost: number;
  stop(): Promise<void>;
}

export async function startFlakyProxy(
  target: string,
  lose: (insert: number) => boolean,
): Promise<FlakyProxy> {
  let inserts = 0;
  let lost = 0;
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', target);
    const insert = url.searchParams.get('query')?.startsWith('INSERT') === true;
    const forwarded = request(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      if (insert && lose(inserts++)) {
        lost++;
        // The answer has arrived here, so the insert is done.
        answer.resume().on('end', () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get lost() {
      return lost;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
