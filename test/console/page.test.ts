/** The console's page in a real Chromium: what people see, and what cannot be done to them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, draw, openConsole, startBrowser, type Person } from '../support/browser.ts';
import { STATEMENT, startTestConsole, type TestConsole } from '../support/test-console.ts';

const WAIT_MS = 30_000;

describe.skipIf(CHROMIUM === undefined)('the console in Chromium', () => {
  let gate: TestConsole;
  let browser: Browser;
  let bob: Person;
  const people: Person[] = [];

  beforeAll(async () => {
    gate = await startTestConsole();
    browser = await startBrowser();
    bob = await openConsole(browser, gate.url, 'Bob Okafor');
    bob.page.setDefaultTimeout(WAIT_MS);
  });
  afterAll(async () => {
    await browser?.close();
    await gate?.stop();
  });
  afterEach(async () => {
    for (const { context } of people.splice(0)) await context.close();
    // What one test leaves must not be in the next one's list.
    for (const { id } of await gate.store.list({ states: ['pending', 'approved'], limit: 100 }))
      await gate.store.cancel(id, 'GH_TEST');
  });

  const open = async (name: string, options?: Parameters<typeof openConsole>[3]): Promise<Person> => {
    const person = await openConsole(browser, gate.url, name, options);
    person.page.setDefaultTimeout(WAIT_MS);
    people.push(person);
    return person;
  };
  const state = async (id: Parameters<TestConsole['desk']['status']>[0]) =>
    (await gate.desk.status(id))?.state;

  test('a login leaves one cookie, which scripts cannot read; with nothing to do the page says so', async () => {
    await bob.page.goto(gate.url);
    await bob.page.getByText('Nothing waits').waitFor();
    await draw(bob.page, 'empty');
    const cookies = await bob.context.cookies(gate.url);
    expect(
      cookies.map(({ name, secure, httpOnly, sameSite, path }) => [name, secure, httpOnly, sameSite, path]),
    ).toEqual([['__Host-gatehouse', true, true, 'Lax', '/']]);
    expect(await bob.page.evaluate('document.cookie')).toBe('');
  });

  test('before the login it says what this is', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(gate.url);
    await page.getByRole('link', { name: 'Log in', exact: true }).waitFor();
    await draw(page, 'login');
    await context.close();
  });

  test('a held action appears by itself, is read in full, and is approved in two steps', async () => {
    await bob.page.goto(gate.url);
    await bob.page.getByText('Nothing waits').waitFor();
    await bob.page.getByText('Live', { exact: true }).waitFor();
    const request = await gate.hold({
      view: { warnings: ['Deferred constraints may still fail at the commit.'] },
    });
    const row = bob.page.getByRole('link', { name: /UPDATE of public\.people/ });
    await row.waitFor();
    await draw(bob.page, 'pending');
    await row.click();
    await bob.page.getByRole('heading', { name: /UPDATE of public\.people/ }).waitFor();
    expect(bob.page.url()).toBe(`${gate.url}/approvals/${request.id}`);
    expect(await bob.page.locator('pre.payload').innerText()).toBe(STATEMENT);
    for (const text of [
      'agent:claude-1',
      'alice@example.com',
      'app_developer',
      'Check that the ticket',
      'Deferred',
    ])
      await bob.page.locator('.pane').getByText(text).first().waitFor();
    await draw(bob.page, 'detail');
    await bob.page.getByRole('button', { name: 'Approve …' }).click();
    expect(await state(request.id)).toBe('pending');
    await bob.page.getByLabel('Reason').fill('ticket 12 names her');
    await draw(bob.page, 'approve');
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    await bob.page.locator('.pane').getByText('Approved', { exact: true }).first().waitFor();
    await bob.page.locator('.pane').getByText('ticket 12 names her').waitFor();
    await draw(bob.page, 'approved');
    expect(await state(request.id)).toBe('approved');
    expect(bob.faults).toEqual([]);
  });

  test('a denial asks why, and is not sent without', async () => {
    const request = await gate.hold();
    await bob.page.goto(`${gate.url}/approvals/${request.id}`);
    await bob.page.getByRole('button', { name: 'Deny …' }).click();
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Deny', exact: true }).click();
    await bob.page.getByText('Say why.').waitFor();
    expect(await state(request.id)).toBe('pending');
    await bob.page.getByLabel('Reason').fill('that person left');
    await draw(bob.page, 'deny');
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Deny', exact: true }).click();
    await bob.page.locator('.pane').getByText('It was denied: it does not run.').waitFor();
    expect(await state(request.id)).toBe('denied');
    await bob.page.getByRole('link', { name: 'Decided' }).click();
    await bob.page.locator('.split-list').getByText('Denied').first().waitFor();
    await draw(bob.page, 'decided');
  });

  test('what runs out of time leaves the list, and can no longer be decided', async () => {
    const request = await gate.hold({ terms: { deadlineMs: 3_000 } });
    await bob.page.goto(`${gate.url}/approvals/${request.id}`);
    await bob.page.getByRole('button', { name: 'Approve …' }).waitFor();
    await bob.page.getByText('Expired').first().waitFor();
    await bob.page.getByText('Nothing waits').waitFor();
    expect(await bob.page.getByRole('button', { name: 'Approve …' }).count()).toBe(0);
    await draw(bob.page, 'expired');
    expect(await state(request.id)).toBe('expired');
  });

  test('by keyboard alone: to the request, into the question, and only then an answer', async () => {
    const first = await gate.hold();
    const second = await gate.hold({ view: { words: 'DELETE of public.orders on sample' } });
    const { page } = bob;
    await page.goto(gate.url);
    await page.getByRole('link', { name: /DELETE of public\.orders/ }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await draw(page, 'keys');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Approve …' }).waitFor();
    expect(page.url()).toContain(first.id);
    await page.keyboard.press('a');
    await page.getByRole('dialog', { name: 'Approve this?' }).waitFor();
    for (const key of ['Enter', 'a', 'y']) await page.keyboard.press(key);
    expect(await page.getByLabel('Reason').inputValue()).toBe('\nay');
    expect(await state(first.id)).toBe('pending');
    await page.keyboard.press('Control+Enter');
    await page.locator('.pane').getByText('Approved', { exact: true }).first().waitFor();
    expect(await state(first.id)).toBe('approved');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: /UPDATE/ }).waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /DELETE/ }).waitFor();
    await page.keyboard.press('d');
    await page.getByRole('dialog', { name: 'Deny this?' }).waitFor();
    await page.keyboard.type('no orders are deleted');
    // Past the reason: the button, which Enter presses.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('It was denied').waitFor();
    expect(await state(second.id)).toBe('denied');
    await page.keyboard.press('/');
    await page.getByRole('searchbox').waitFor();
    expect(page.url()).toBe(`${gate.url}/search`);
  });

  test('on a phone, in the dark: all of it fits, and one can decide', async () => {
    const request = await gate.hold({
      view: { payload: `${STATEMENT} -- ${'a-long-word-without-a-space'.repeat(12)}` },
    });
    const phone = await open('Bob Okafor', {
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
      deviceScaleFactor: 2,
      colorScheme: 'dark',
    });
    const overflow = (): Promise<number> =>
      phone.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    await phone.page.getByRole('link', { name: /UPDATE/ }).waitFor();
    expect(await overflow()).toBe(0);
    await draw(phone.page, 'phone-pending');
    await phone.page.getByRole('link', { name: /UPDATE/ }).tap();
    await phone.page.getByRole('button', { name: 'Approve …' }).waitFor();
    expect(await overflow()).toBe(0);
    await draw(phone.page, 'phone-detail');
    await phone.page.getByRole('button', { name: 'Approve …' }).tap();
    await draw(phone.page, 'phone-approve');
    await phone.page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).tap();
    await phone.page.getByText('It goes through when it is sent again').waitFor();
    expect(await state(request.id)).toBe('approved');
    for (const path of ['/grants', '/sessions', '/search', '/decided']) {
      await phone.page.goto(gate.url + path);
      await phone.page.getByRole('heading', { level: 1 }).first().waitFor();
      expect(await overflow()).toBe(0);
    }
    expect(phone.faults).toEqual([]);
  });

  test('follows the machine’s choice of dark or light', async () => {
    const request = await gate.hold();
    const dark = await open('Bob Okafor', { colorScheme: 'dark' });
    await dark.page.goto(`${gate.url}/approvals/${request.id}`);
    await dark.page.getByRole('button', { name: 'Approve …' }).waitFor();
    const paper = (page: Page) => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect([await paper(dark.page), await paper(bob.page)]).toEqual([
      'rgb(19, 21, 26)',
      'rgb(246, 246, 243)',
    ]);
    await draw(dark.page, 'dark');
  });

  test('who asked, and for whom an agent asks, is told that somebody else decides', async () => {
    const request = await gate.hold();
    const alice = await open('Alice Moreau');
    await alice.page.goto(`${gate.url}/approvals/${request.id}`);
    await alice.page.getByText('Not yours to decide.').waitFor();
    await alice.page.getByText(/your own request/).waitFor();
    expect(await alice.page.getByRole('button', { name: /Approve|Deny/ }).count()).toBe(0);
    await alice.page.keyboard.press('a');
    expect(await alice.page.getByRole('dialog').count()).toBe(0);
    await draw(alice.page, 'own-request');
  });

  test('a quorum shows how far it is; a grant and an emergency are choices of their own', async () => {
    const requirement = { rule: 'r', groups: ['developers'], people: [], count: 2 };
    const request = await gate.hold({
      principal: { onBehalfOf: 'dave@example.com' },
      terms: {
        requirements: [requirement],
        grant: { minutesMax: 60, rowsMax: 1 },
        breakGlassGroups: ['reviewers'],
      },
    });
    const { page } = bob;
    await page.goto(`${gate.url}/approvals/${request.id}`);
    await page.getByRole('button', { name: 'Approve …' }).click();
    await page.getByRole('combobox').selectOption('15');
    await page.getByText('this statement, with other values').click();
    await draw(page, 'grant');
    await page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    await page.locator('.pane').getByText('1 of 2').waitFor();
    const alice = await open('Alice Moreau');
    await alice.page.goto(`${gate.url}/approvals/${request.id}`);
    await alice.page.getByText('Emergency', { exact: true }).waitFor();
    await draw(alice.page, 'quorum');
    await alice.page.getByRole('button', { name: 'Approve alone …' }).click();
    await alice.page
      .getByRole('dialog')
      .getByRole('button', { name: /emergency/ })
      .click();
    await alice.page.getByText('Say why.').waitFor();
    await draw(alice.page, 'emergency');
    await alice.page.keyboard.press('Escape');
    await alice.page.getByRole('button', { name: 'Approve …' }).click();
    await alice.page.getByRole('combobox').selectOption('30');
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    await page.locator('.pane').getByText('It goes through when it is sent again').waitFor();
    await page.getByRole('link', { name: 'Grants' }).click();
    await page.getByText('The very same action only').waitFor();
    await page.getByText(/^1[45] min/).waitFor();
    await draw(page, 'grants');
    await page.getByRole('button', { name: 'Revoke …' }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('Revoked by bob@example.com').waitFor();
  });

  test('a payload that tries to be a page is text, and what deceives the eye is marked', async () => {
    const payload = [
      '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script></script>',
      '"><svg onload=window.pwned=1> javascript:window.pwned=1 ${window.pwned=1} {{constructor}}',
      'turned \u202egnp.exe\u202c zero\u200bwidth \u001b[2J\u001b]0;title\u0007 \u0430dmin [masked:card]',
    ].join('\n');
    const request = await gate.hold({
      principal: { subject: 'agent:<b>bold</b>\u202e' },
      view: {
        words: '<img src=x onerror="window.pwned=1">',
        payload,
        parameters: ['<i>x</i>', 'a\u200bb'],
        facts: [['<u>f</u>', '<s>']],
      },
      reason: '</script><script>window.pwned=1</script>',
      terms: { text: '<iframe src=javascript:window.pwned=1>' },
    });
    const { page } = bob;
    await page.goto(`${gate.url}/approvals/${request.id}`);
    await page.locator('pre.payload').getByText('onerror').waitFor();
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(
      await page
        .locator(
          '#app img:not([src^="/assets/"]), #app script, #app iframe, #app svg[onload], #app b:not(.count), #app s',
        )
        .count(),
    ).toBe(0);
    const marks = await page
      .locator('pre.payload mark')
      .evaluateAll((all) =>
        all.map((each) => `${each.className.replace('seg seg-', '')}: ${each.getAttribute('title')}`),
      );
    for (const wanted of [
      'bidi: U+202E',
      'bidi: U+202C',
      'invisible: U+200B',
      'control: U+001B',
      'confusable: U+0430',
      'masked: masked',
    ])
      expect(marks).toContainEqual(expect.stringContaining(wanted));
    // What turns text around, or shows as nothing, is named and not there.
    const shown = await page.locator('#app').textContent();
    // oxlint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u202e\u202c\u200b\u001b\u0007]/);
    expect(shown).toContain('U+202E');
    await page.getByText('It holds characters that change the order').waitFor();
    await draw(page, 'deceptive');
    expect(bob.faults).toEqual([]);
  });

  test('a script that got into the page all the same would not run, and would be noticed', async () => {
    const own = await open('Bob Okafor');
    await own.page
      .evaluate(
        `(() => { const s = document.createElement('script'); s.textContent = 'window.pwned=1'; document.head.append(s); })()`,
      )
      .catch(() => undefined);
    await own.page
      .evaluate(`document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.pwned=1">')`)
      .catch(() => undefined);
    await own.page.waitForTimeout(200);
    expect(await own.page.evaluate('window.pwned')).toBeUndefined();
    expect(own.faults.join()).toContain('csp ');
  });

  describe('from another site', () => {
    let evil: Server;
    let evilUrl: string;
    let content = '';
    beforeAll(async () => {
      evil = createServer((_request, response) =>
        response.setHeader('content-type', 'text/html').end(content),
      );
      await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
      evilUrl = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
    });
    afterAll(() => void evil.close());

    test('the console is not shown in a frame', async () => {
      content = `<h1>prize</h1><iframe id="f" src="${gate.url}/" width="600" height="400"></iframe>`;
      const page = await bob.context.newPage();
      await page.goto(evilUrl);
      await page.waitForTimeout(1_000);
      const frame = page.frames().find((each) => each !== page.mainFrame());
      expect(frame?.url()).toBe('chrome-error://chromewebdata/');
      await page.close();
    });

    test('a form or a script there decides nothing, whatever it sends', async () => {
      const request = await gate.hold();
      const target = `${gate.url}/api/approvals/${request.id}/decision`;
      const body = JSON.stringify({ verdict: 'approve', actionDigest: request.actionDigest });
      content = `<form id="f" method="post" enctype="text/plain" action="${target}"><input name='${body.slice(0, -1)},"x":"' value='"}'></form>
<script>
window.answers = [];
const tries = [
  { method: 'POST', mode: 'no-cors', credentials: 'include', body: ${JSON.stringify(body)} },
  { method: 'POST', mode: 'cors', credentials: 'include', headers: { 'content-type': 'application/json', 'x-gatehouse-csrf': 'x' }, body: ${JSON.stringify(body)} },
];
(async () => {
  for (const init of tries) await fetch(${JSON.stringify(target)}, init).then((r) => answers.push(r.type), () => answers.push('refused'));
  document.getElementById('f').submit();
})();
</script>`;
      const page = await bob.context.newPage();
      const statuses: number[] = [];
      let sent = 0;
      page.on('request', (each) => {
        if (each.url() === target) sent += 1;
      });
      page.on('response', (response) => {
        if (response.url() === target) statuses.push(response.status());
      });
      await page.goto(evilUrl);
      await page.waitForURL(target);
      // The two of the script, and the form that the browser was led to.
      expect(sent).toBe(3);
      expect(statuses.every((each) => each === 403 || each === 401 || each === 405)).toBe(true);
      expect(await state(request.id)).toBe('pending');
      await page.close();
    });

    test('a script of the console’s own origin needs the token of the session', async () => {
      const request = await gate.hold();
      await bob.page.goto(gate.url);
      const answer = await bob.page.evaluate(
        async ([path, body]) => {
          const response = await fetch(path as string, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: body as string,
          });
          return [response.status, ((await response.json()) as { code: string }).code];
        },
        [
          `/api/approvals/${request.id}/decision`,
          JSON.stringify({ verdict: 'approve', actionDigest: request.actionDigest }),
        ],
      );
      expect(answer).toEqual([403, 'GH_CONSOLE_CSRF']);
      expect(await state(request.id)).toBe('pending');
    });
  });

  test('a session that ends leaves the view and what was typed, and comes back to both', async () => {
    const request = await gate.hold();
    const own = await open('Bob Okafor');
    const { page } = own;
    await page.goto(`${gate.url}/approvals/${request.id}`);
    await page.getByRole('button', { name: 'Deny …' }).click();
    await page.getByLabel('Reason').fill('half a thought');
    await own.context.clearCookies({ name: '__Host-gatehouse' });
    await page.getByRole('dialog').getByRole('button', { name: 'Deny', exact: true }).click();
    await page.getByText('You are not logged in, or your session has ended.').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Your session has ended.', { exact: true }).waitFor();
    await draw(page, 'session-over');
    await page.getByRole('link', { name: 'Log in again' }).click();
    await page.getByRole('button', { name: 'Deny …' }).click();
    expect(page.url()).toBe(`${gate.url}/approvals/${request.id}`);
    expect(await page.getByLabel('Reason').inputValue()).toBe('half a thought');
  });

  test('a console that goes away is said to be away, and the page is live again when it is back', async () => {
    await bob.page.goto(gate.url);
    await bob.page.getByText('Live', { exact: true }).waitFor();
    await gate.stopConsole();
    await bob.page.getByText('The console does not answer; trying again.').waitFor();
    await draw(bob.page, 'away');
    const request = await gate.hold();
    await gate.restart();
    await bob.page.getByText('Live', { exact: true }).waitFor();
    await bob.page.getByRole('link', { name: /UPDATE/ }).waitFor();
    expect(await state(request.id)).toBe('pending');
  });

  test('a store that is away is said to be away', async () => {
    const own = await open('Bob Okafor');
    const problem = { status: 503, code: 'GH_APPROVALS_UNAVAILABLE', detail: 'The store is away.' };
    await own.page.route('**/api/approvals?*', (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
    );
    await own.page.goto(gate.url);
    await own.page.getByText('The approvals store cannot be used now.').waitFor();
    await own.page.getByText('Live', { exact: true }).waitFor();
    await own.page.waitForTimeout(500);
    await draw(own.page, 'store-away');
    await own.page.unroute('**/api/approvals?*');
    await own.page.getByRole('button', { name: 'Try again' }).click();
    await own.page.getByText('Nothing waits').waitFor();
  });

  test('who logs out is out, and an old cookie is worth nothing', async () => {
    const own = await open('Dave Tanaka');
    const [cookie] = await own.context.cookies(gate.url);
    await own.page.getByRole('button', { name: 'Log out' }).click();
    await own.page.getByRole('link', { name: 'Log in', exact: true }).waitFor();
    const answer = await fetch(`${gate.url}/api/me`, {
      headers: { cookie: `__Host-gatehouse=${cookie?.value}` },
    });
    expect(answer.status).toBe(401);
  });
});
