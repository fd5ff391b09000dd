/**
 * A worker of its own process for the tests of the shared state: does what it is told over IPC and reports commands
 * with the time at which they reached it.
 */
import { asSessionId } from '../../domain/ids.ts';
import { openSqliteState } from '../sqlite-state.ts';

export type Order =
  | { readonly do: 'start'; readonly session: string; readonly subject: string; readonly key: number }
  | { readonly do: 'end'; readonly session: string }
  | { readonly do: 'enter' | 'leave'; readonly source: string; readonly times: number }
  | { readonly do: 'count-forever' };

const [, , file, worker] = process.argv;
const quiet = (): void => undefined;
const state = openSqliteState({
  file: file as string,
  worker: worker as string,
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  listeners: [{ name: 'orders', limits: { unauthenticatedPerSource: 4, unauthenticatedMax: 10 } }],
});
state.onCommand((command) => process.send?.({ command, atMs: Date.now() }));

const KEY = new Uint8Array(32).fill(7);

function obey(order: Order): unknown {
  switch (order.do) {
    case 'start': {
      const sessionId = asSessionId(order.session);
      state.sessionStarted({
        sessionId,
        worker: worker as string,
        principalSubject: order.subject,
        onBehalfOf: '',
        upstream: 'orders',
        database: 'app',
        clientAddress: '127.0.0.1:1',
        startedAtMs: Date.now(),
      });
      state.putCancelKey(order.key, KEY, { upstream: 'orders', sessionId, processId: 42, secretKey: KEY });
      return true;
    }
    case 'end':
      state.sessionEnded(asSessionId(order.session));
      return true;
    case 'enter': {
      let entered = 0;
      for (let time = 0; time < order.times; time++)
        if (state.enterUnauthenticated('orders', order.source)) entered++;
      return entered;
    }
    case 'leave':
      for (let time = 0; time < order.times; time++) state.leaveUnauthenticated('orders', order.source);
      return true;
    case 'count-forever':
      // Writes all the time, so that a kill finds a transaction open.
      setImmediate(function again() {
        state.enterUnauthenticated('orders', '10.0.0.1');
        state.leaveUnauthenticated('orders', '10.0.0.1');
        setImmediate(again);
      });
      return true;
  }
}

process.on('message', (order: Order) => process.send?.({ answer: obey(order) }));
process.on('disconnect', () => process.exit());
process.send?.({ answer: 'ready' });
