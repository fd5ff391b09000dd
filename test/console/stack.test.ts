/** What a person gets from `npm start`: a held statement, approved in the browser, runs; and the console outlives its own death. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, draw, openConsole, startBrowser } from '../support/browser.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';

let gate: TestGatehouse;
beforeAll(async () => {
  gate = await startGatehouse();
});
afterAll(() => gate.stop());

async function agent(): Promise<Client> {
  const client = new Client({
    host: gate.host,
    port: gate.port,
    user: 'agent',
    password: await gate.token({ subject: 'agent:claude-1', onBehalfOf: 'alice@example.com' }),
    database: 'app',
    ssl: { ca: await readFile(gate.caFile, 'utf8') },
  });
  await client.connect();
  return client;
}

interface Row {
  readonly action_kind: string;
  readonly principal_subject: string;
  readonly action_digest: string;
}

async function evidence(approvalId: string, rows: number): Promise<readonly Row[]> {
  const until = performance.now() + 15_000;
  for (;;) {
    const found = await gate.audit<Row>(
      `SELECT action_kind, principal_subject, action_digest FROM events WHERE approval_id = '${approvalId}' ORDER BY time`,
    );
    if (found.length >= rows || performance.now() > until) return found;
    await sleep(100);
  }
}

const consoleProcess = (): number | undefined => gate.programs().find(({ name }) => name === 'console')?.pid;

test('a frozen console is replaced, and the gate serves meanwhile', async () => {
  const frozen = consoleProcess() as number;
  process.kill(frozen, 'SIGSTOP');
  const client = await agent();
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
  const until = performance.now() + 60_000;
  while ((consoleProcess() ?? frozen) === frozen && performance.now() < until) await sleep(200);
  expect((await fetch(`${gate.endpoints.console}/health`)).status).toBe(200);
}, 90_000);

describe.skipIf(CHROMIUM === undefined)('with a browser', () => {
  test('an UPDATE waits, a reviewer sees it appear and approves it, and its row count arrives', async () => {
    const browser = await startBrowser();
    const client = await agent();
    try {
      const bob = await openConsole(browser, gate.endpoints.console, 'Bob Okafor');
      await bob.page.getByText('Live', { exact: true }).waitFor();
      const notice = new Promise<string>((resolve) =>
        client.once('notice', ({ message }) => resolve(String(message))),
      );
      const done = client.query("UPDATE people SET email = 'kowalski@example.com' WHERE id = 17");
      await bob.page.getByRole('link', { name: /UPDATE of public\.people/ }).click();
      await bob.page.locator('pre.payload').getByText('WHERE id = 17').waitFor();
      const approvalId = new URL(bob.page.url()).pathname.split('/')[2] as string;
      expect(await notice).toContain(approvalId);
      // Whoever kills the console loses nothing: the page comes back, and so does what waits.
      const killed = consoleProcess() as number;
      process.kill(killed, 'SIGKILL');
      await bob.page.getByText('The console does not answer').waitFor();
      await bob.page.getByText('Live', { exact: true }).waitFor();
      expect(consoleProcess()).not.toBe(killed);
      await bob.page.getByRole('button', { name: 'Approve …' }).click();
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
      expect((await done).rowCount).toBe(1);
      await bob.page.locator('.pane').getByText('It was let through, once.').waitFor();
      expect(bob.faults).toEqual([]);

      const rows = await evidence(approvalId, 5);
      await bob.page.getByText('Everything else').click();
      await bob.page.locator('.small-print a').click();
      await bob.page.getByRole('heading', { name: 'Timeline' }).waitFor();
      await bob.page.getByText('approval.released').waitFor();
      await draw(bob.page, 'timeline');
      await bob.page.getByRole('link', { name: 'Live sessions' }).click();
      await bob.page.getByRole('link', { name: /agent:claude-1/ }).waitFor();
      await draw(bob.page, 'sessions');
      const carol = await openConsole(browser, gate.endpoints.console, 'Carol Lindqvist');
      await carol.page.keyboard.press('/');
      await carol.page.getByRole('searchbox').fill('held_write claude');
      await carol.page.getByRole('heading', { name: 'Evidence', exact: true }).waitFor();
      await carol.page.locator('.timeline').getByText('approval.requested').waitFor();
      await draw(carol.page, 'search');
      expect([...bob.faults, ...carol.faults]).toEqual([]);
      expect(rows.map((row) => [row.action_kind, row.principal_subject])).toEqual(
        expect.arrayContaining([
          ['approval.requested', 'agent:claude-1'],
          ['approval.viewed', 'bob@example.com'],
          ['approval.decided', 'bob@example.com'],
          ['approval.released', 'agent:claude-1'],
          ['postgres.query', 'agent:claude-1'],
        ]),
      );
      expect(new Set(rows.map((row) => row.action_digest)).size).toBe(1);
    } finally {
      await browser.close();
      await client.end().catch(() => undefined);
    }
  });
});
