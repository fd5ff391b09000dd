/** What is done in the console reaches ClickHouse, and is read there again: search, timelines, live sessions and their end. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqliteState } from '../../ext-proc/adapters/sqlite-state.ts';
import { createSystemClock } from '../../ext-proc/adapters/system-clock.ts';
import type { EvidenceList, LiveSessionList } from '../../ext-proc/console/api.ts';
import { asSessionId, uuidV7 } from '../../ext-proc/domain/ids.ts';
import type { SessionCommand } from '../../ext-proc/domain/ports.ts';
import { logIn, type ConsoleClient } from '../support/console-client.ts';
import { testLog } from '../support/gate.ts';
import { startTestConsole, type TestConsole } from '../support/test-console.ts';
import { randomBytes } from 'node:crypto';

let gate: TestConsole;
let bob: ConsoleClient;
let carol: ConsoleClient;
let erin: ConsoleClient;
beforeAll(async () => {
  gate = await startTestConsole({ clickhouse: true });
  bob = await logIn(gate.url, 'bob@example.com');
  carol = await logIn(gate.url, 'carol@example.com');
  erin = await logIn(gate.url, 'erin@example.com');
  // The tables are made in the background.
  await eventually(
    async () => (await carol.get('/api/search')).status,
    (status) => status === 200,
  );
});
afterAll(() => gate.stop());

async function eventually<T>(look: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  const until = performance.now() + 15_000;
  for (;;) {
    const found = await look();
    if (isThere(found) || performance.now() > until) return found;
    await sleep(100);
  }
}

test('an auditor finds request, view and decision, and the session’s course has them in order', async () => {
  const request = await gate.hold({ view: { payload: "UPDATE people SET name = 'Żółć' WHERE id = 17" } });
  await bob.get(`/api/approvals/${request.id}`);
  await bob.post(`/api/approvals/${request.id}/decision`, {
    verdict: 'deny',
    reason: 'not this week',
    actionDigest: request.actionDigest,
  });
  const timeline = await eventually(
    async () => (await bob.get<EvidenceList>(`/api/sessions/${request.sessionId}/timeline`)).body,
    ({ events }) => events.length >= 3 && events.at(-1)?.outcome === 'ok',
  );
  expect(timeline.events.at(-1)?.outcome).toBe('ok');
  expect(timeline.events.map(({ kind, subject, decision }) => [kind, subject, decision])).toEqual([
    ['approval.requested', 'agent:claude-1', 'hold'],
    ['approval.viewed', 'bob@example.com', 'allow'],
    ['approval.decided', 'bob@example.com', 'deny'],
  ]);
  const found = (await carol.get<EvidenceList>(`/api/search?q=${encodeURIComponent('żółć claude')}`)).body;
  expect(found.events).toMatchObject([{ approvalId: request.id, statement: request.view.payload }]);
  expect(found.events[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect((await carol.get<EvidenceList>('/api/search?q=%27%20OR%201%3D1%20--')).body.events).toEqual([]);
});

test('a search goes on where it ended', async () => {
  await Promise.all(Array.from({ length: 60 }, () => gate.hold({ rule: 'rule.of_many' })));
  const first = await eventually(
    async () => (await carol.get<EvidenceList>('/api/search?q=rule.of_many')).body,
    ({ next }) => next !== null,
  );
  expect(first.events).toHaveLength(50);
  const rest = await eventually(
    async () =>
      (
        await carol.get<EvidenceList>(
          `/api/search?q=rule.of_many&before=${encodeURIComponent(first.next as string)}`,
        )
      ).body,
    ({ events }) => events.length >= 10,
  );
  const ids = [...first.events, ...rest.events].map(({ eventId }) => eventId);
  expect([ids.length, new Set(ids).size, rest.next]).toEqual([60, 60, null]);
});

test('live sessions are seen by who has a role, and ended by an admin, which is evidence', async () => {
  const worker = openSqliteState({
    file: join(gate.config.service.stateDirectory, 'state.db'),
    worker: 'worker-0',
    clock: createSystemClock(),
    log: testLog,
  });
  try {
    const sessionId = asSessionId(uuidV7(Date.now(), randomBytes(10)));
    worker.sessionStarted({
      sessionId,
      worker: 'worker-0',
      principalSubject: 'agent:claude-1',
      onBehalfOf: 'alice@example.com',
      upstream: 'sample',
      database: 'app',
      clientAddress: '192.0.2.7',
      startedAtMs: Date.now(),
    });
    const list = await eventually(
      async () => (await bob.get<LiveSessionList>('/api/sessions')).body,
      ({ sessions }) => sessions.length > 0,
    );
    expect(list.sessions).toMatchObject([{ sessionId, principalSubject: 'agent:claude-1', database: 'app' }]);
    const commands: SessionCommand[] = [];
    worker.onCommand((command) => commands.push(command));
    expect(await bob.delete(`/api/sessions/${sessionId}`)).toMatchObject({
      status: 403,
      body: { code: 'GH_CONSOLE_ROLE' },
    });
    expect(await erin.delete(`/api/sessions/${sessionId}`)).toMatchObject({ status: 204 });
    await eventually(
      () => Promise.resolve(commands.length),
      (count) => count > 0,
    );
    expect(commands).toEqual([{ kind: 'kill', sessionId, by: 'erin@example.com' }]);
    const { events } = await eventually(
      async () => (await carol.get<EvidenceList>('/api/search?q=console.session_ended')).body,
      (found) => found.events.length > 0,
    );
    expect(events).toMatchObject([{ subject: 'erin@example.com', sessionId }]);
  } finally {
    worker.close();
  }
});
