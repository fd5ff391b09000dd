/**
 * A reviewer in the terminal: the commands as they are typed, against the console's own process, a development issuer and
 * a store with requests. What an agent wrote never reaches the terminal raw.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { signWebhook, readWebhookSecrets } from '../../ext-proc/console/notifications/standard-webhooks.ts';
import type { ApprovalRequest } from '../../ext-proc/domain/approvals/approval-request.ts';
import { devConsoleUrl } from '../../ext-proc/embedded/dev-config.ts';
import { startDevIssuer, type DevIssuer } from '../../ext-proc/embedded/dev-issuer.ts';
import { freePort } from '../../ext-proc/embedded/ready.ts';
import { startConsole } from '../../ext-proc/supervisor/console-process.ts';
import type { Stoppable } from '../../ext-proc/supervisor/keep-running.ts';
import { claimRun, type RunClaim } from '../../ext-proc/supervisor/run-file.ts';
import { fence } from '../support/documents.ts';
import { openHeldRequests, type HeldRequests } from '../support/held-requests.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const ROOT = join(import.meta.dirname, '../..');
const WEBHOOK_SECRET = `whsec_${randomBytes(32).toString('base64')}`;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let directory: TemporaryDirectory;
let home: string;
let issuer: DevIssuer;
let consoleUrl: string;
let console_: Stoppable;
let claim: RunClaim;
let held: HeldRequests;

beforeAll(async () => {
  directory = await temporaryDirectory();
  home = join(directory.path, 'state');
  await mkdir(home, { mode: 0o700 });
  const port = await freePort();
  consoleUrl = devConsoleUrl(port);
  issuer = await startDevIssuer({ directory: join(home, 'issuer'), port: 0, listeners: [], consoleUrl });
  const key = randomBytes(48).toString('base64');
  await writeFile(join(home, 'approvals.key'), key, { mode: 0o600 });
  await writeFile(join(home, 'ops.secret'), WEBHOOK_SECRET, { mode: 0o600 });
  const configFile = join(home, 'gatehouse.yaml');
  await writeFile(configFile, configText(port));
  held = await openHeldRequests(home, [], Buffer.from(key));
  console_ = await startConsole({ configFile, clickhouseUrl: undefined, logFile: join(home, 'console.log') });
  claim = await claimRun(home, 'development', configFile);
  await claim.update({ ready: true, endpoints: { console: consoleUrl, issuer: issuer.issuer } });
});
afterAll(async () => {
  await console_?.stop();
  await claim?.release();
  await held?.close();
  await issuer?.stop();
  await directory?.remove();
});

const configText = (port: number): string => `version: 1
service: { stateDirectory: . }
listeners:
  - name: apis
    protocol: http
    address: 127.0.0.1:8443
    tls: { certificate: { file: a.crt }, key: { file: a.key } }
    routes: [{ name: people, upstream: people }]
upstreams:
  - name: people
    protocol: http
    address: 127.0.0.1:3000
    tls: { mode: disable }
    credentials: [{ groups: ['*'], none: true }]
issuers: [{ issuer: '${issuer.issuer}', audience: gatehouse, algorithms: [ES256] }]
policy: { bundle: { file: bundle } }
approvals:
  key: { file: approvals.key }
  console:
    address: 127.0.0.1:${port}
    publicUrl: ${consoleUrl}
    login: { issuer: '${issuer.issuer}', clientId: gatehouse-console, scopes: [openid] }
    roles: { reviewer: [reviewers], auditor: [auditors], admin: [operators] }
  notifications:
    - name: ops
      kind: webhook
      url: http://127.0.0.1:9/
      secret: { file: ops.secret }
      users:
        bob: { subject: bob@example.com, groups: [developers] }
        alice: { subject: alice@example.com, groups: [developers] }
`;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Types a command. With `answer` it is on a terminal, which script(1) gives it, and that is typed when it asks. */
async function gatehouse(
  args: readonly string[],
  { who = 'bob', answer }: { who?: string; answer?: string } = {},
): Promise<Ran> {
  const program = [process.execPath, join(ROOT, 'ext-proc/cli/gatehouse.ts'), ...args];
  const quoted = program.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const [command = '', ...rest] = answer === undefined ? program : ['script', '-qec', quoted, '/dev/null'];
  const child = spawn(command, rest, {
    cwd: ROOT,
    env: { ...process.env, GATEHOUSE_HOME: home, XDG_CONFIG_HOME: join(directory.path, who), NO_COLOR: '1' },
    stdio: [answer === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
    if (answer !== undefined && out.includes('[y/N]')) child.stdin?.end(`${answer}\n`);
  });
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

const stateOf = async (id: string): Promise<string | undefined> => (await held.store.get(id as never))?.state;

describe('without a login', () => {
  test('nothing is shown or decided, and it is said what to do', async () => {
    const ran = await gatehouse(['approvals', 'list'], { who: 'nobody' });
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^GH_CONSOLE_LOGIN {2}.*npm run gatehouse -- login\n$/);
  });

  test("an agent's token is no session", async () => {
    const { out: token } = await gatehouse([
      'token',
      '--subject',
      'bob@example.com',
      '--config',
      join(home, 'gatehouse.yaml'),
    ]);
    const answer = await fetch(`${consoleUrl}/api/approvals`, {
      headers: { authorization: `Bearer ${token.trim()}` },
    });
    expect(token).toMatch(/^ey/);
    expect(answer.status).toBe(401);
  });

  test('somebody whom the issuer does not know is not logged in', async () => {
    const ran = await gatehouse(['login', '--user', 'mallory@example.com'], { who: 'nobody' });
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('GH_LOGIN_PERSON')]);
  });

  test('a console elsewhere takes no person without a browser, and none in plaintext', async () => {
    const user = ['login', '--user', 'bob@example.com'];
    expect((await gatehouse([...user, '--console', consoleUrl])).err).toContain('GH_NO_DEV_ISSUER');
    expect((await gatehouse(['login', '--console', 'http://console.example.com'])).err).toContain('GH_USAGE');
    expect((await gatehouse(['whoami', '--console', 'https://127.0.0.1:9'])).err).toContain(
      'GH_CONSOLE_LOGIN',
    );
  });
});

describe('logged in as Bob', () => {
  let request: ApprovalRequest;

  beforeAll(async () => {
    for (const who of ['bob', 'alice', 'carol']) {
      const ran = await gatehouse(['login', '--user', `${who}@example.com`], { who });
      expect([ran.code, ran.err, ran.out]).toEqual([0, '', expect.stringContaining(`as ${who}@example.com`)]);
    }
  });
  beforeEach(async () => {
    request = await held.hold();
  });

  test('the session is in a file that nobody else can read', async () => {
    const folder = join(directory.path, 'bob/gatehouse/sessions');
    const [name = ''] = await readdir(folder);
    expect(((await stat(join(folder, name))).mode & 0o777).toString(8)).toBe('600');
    expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('700');
    const { out } = await gatehouse(['whoami', '--json']);
    expect(JSON.parse(out)).toMatchObject({ console: consoleUrl, subject: 'bob@example.com' });
    const { session } = JSON.parse(await readFile(join(folder, name), 'utf8')) as { session: string };
    expect(out).not.toContain(session);
  });

  test('list --json is an array of objects with ids', async () => {
    const { code, out } = await gatehouse(['approvals', 'list', '--json']);
    expect(code).toBe(0);
    expect((JSON.parse(out) as { id: string }[]).map(({ id }) => id)).toContain(request.id);
    expect((await gatehouse(['approvals', 'list'])).out).toContain(request.id);
  });

  test('show shows all of it', async () => {
    const { out } = await gatehouse(['approvals', 'show', request.id]);
    for (const part of [
      request.view.words,
      `   1 │ ${request.view.payload}`,
      'agent:claude-1 for alice@example.com',
      request.rule,
      request.actionDigest,
      '9 min',
      'database     app',
    ])
      expect(out).toContain(part);
  });

  test('approve shows it, asks, and approves what was shown', async () => {
    const ran = await gatehouse(['approvals', 'approve', request.id, '--reason', 'fine'], { answer: 'y' });
    expect(ran.out).toContain(`   1 │ ${request.view.payload}`);
    expect(ran.out).toContain('Approve exactly this? [y/N]');
    expect([ran.code, await stateOf(request.id)]).toEqual([0, 'approved']);
    const stored = await held.store.get(request.id);
    const decisions = stored?.decisions.map((each) => held.seals.openDecision(each, stored.request));
    expect(decisions).toMatchObject([
      {
        channel: 'cli',
        reason: 'fine',
        actionDigest: request.actionDigest,
        reviewer: { subject: 'bob@example.com' },
      },
    ]);
  });

  test('whatever is not yes is no', async () => {
    const ran = await gatehouse(['approvals', 'approve', request.id], { answer: '' });
    expect([ran.code, ran.out, await stateOf(request.id)]).toEqual([
      1,
      expect.stringContaining('GH_REVIEW_NOT_CONFIRMED'),
      'pending',
    ]);
  });

  test('where nobody can be asked, --yes must be said', async () => {
    const silent = await gatehouse(['approvals', 'approve', request.id]);
    expect([silent.code, silent.err]).toEqual([1, expect.stringContaining('GH_REVIEW_NOT_CONFIRMED')]);
    const other = await gatehouse(['approvals', 'approve', request.id, '--yes', '--digest', 'f'.repeat(64)]);
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('GH_REVIEW_DIGEST')]);
    expect(await stateOf(request.id)).toBe('pending');
    const ran = await gatehouse([
      'approvals',
      'approve',
      request.id,
      '--yes',
      '--digest',
      request.actionDigest,
      '--json',
    ]);
    expect(JSON.parse(ran.out)).toMatchObject({ state: 'approved', agreed: 1, needed: 1 });
  });

  test('deny needs a reason', async () => {
    expect((await gatehouse(['approvals', 'deny', request.id, '--yes'])).err).toContain('GH_REVIEW_REASON');
    const ran = await gatehouse(['approvals', 'deny', request.id, '--yes', '--reason', 'not now']);
    expect([ran.code, await stateOf(request.id)]).toEqual([0, 'denied']);
  });

  test('a refusal has its code and no exit code of success', async () => {
    const own = await gatehouse(['approvals', 'approve', request.id, '--yes'], { who: 'alice' });
    expect([own.code, own.err]).toEqual([1, expect.stringContaining('GH_REVIEW_OWN_REQUEST')]);
    const auditor = await gatehouse(['approvals', 'approve', request.id, '--yes'], { who: 'carol' });
    expect([auditor.code, auditor.err]).toEqual([1, expect.stringMatching(/GH_REVIEW_/)]);
    const none = await gatehouse(['approvals', 'show', '01890000-0000-7000-8000-000000000000']);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('GH_REVIEW_UNKNOWN')]);
    expect(await stateOf(request.id)).toBe('pending');
  });

  test('a grant is given, listed and revoked', async () => {
    const ran = await gatehouse([
      'approvals', 'approve', request.id, '--yes', '--minutes', '5', '--scope', 'literals', '--json',
    ]); // prettier-ignore
    const { grant } = JSON.parse(ran.out) as { grant: { id: string } };
    expect((await gatehouse(['grants', 'list'])).out).toContain(grant.id);
    expect(JSON.parse((await gatehouse(['grants', 'list', '--json'])).out)).toMatchObject([{ id: grant.id }]);
    expect((await gatehouse(['grants', 'revoke', grant.id])).code).toBe(0);
    expect(await held.store.useGrant(grant.id as never)).toBe(false);
  });

  test.each(['list', 'show', 'approve', 'deny'])('approvals %s --help says what it takes', async (name) => {
    const { code, out } = await gatehouse(['approvals', name, '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining('--console <url>')]);
  });

  test('a payload that scripts the terminal is shown, never done', async () => {
    const script = [
      '\u001B]0;owned\u0007', '\u001B]52;c;cm0gLXJm\u001B\\', '\u001B]8;;https://evil.example/\u001B\\safe', '\u009B2J',
      'DROP TABLE people\rSELECT 1          ', '\u001B[?1049h', '\u202Eevil', '\b\b\b', '\u001BP$q"p\u001B\\', '\nApprove exactly this? [y/N] y',
    ].join(' '); // prettier-ignore
    const oneLine = script.replaceAll('\n', '\u001B[2K');
    const evil = await held.hold({
      view: {
        payload: script,
        words: oneLine,
        parameters: [script],
        facts: [[oneLine, oneLine]],
        warnings: [oneLine],
      },
      request: { reason: oneLine, rule: oneLine, upstream: 'sample', clientAddress: oneLine },
      terms: { text: oneLine },
    });
    const raw = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E]/;
    for (const args of [
      ['approvals', 'show', evil.id],
      ['approvals', 'list'],
      ['approvals', 'list', '--json'],
      ['approvals', 'show', evil.id, '--json'],
    ]) {
      const ran = await gatehouse(args);
      expect(ran.code).toBe(0);
      expect(ran.out).not.toMatch(raw);
      expect(ran.out).not.toMatch(/\r(?!\n)/);
    }
    const { out } = await gatehouse(['approvals', 'show', evil.id]);
    expect(out).toContain('<U+001B>]52;c;cm0gLXJm');
    expect(out).toMatch(/^! control characters/m);
    // Not even its own question: that stands behind a margin.
    expect(out).not.toMatch(/^Approve exactly this/m);
    const asked = await gatehouse(['approvals', 'approve', evil.id], { answer: 'n' });
    const screen = asked.out.slice(
      0,
      asked.out.indexOf('[y/N]', asked.out.lastIndexOf('Approve exactly this?')),
    );
    expect(screen).not.toMatch(/\u001B\]|\u001BP|\u009B|\u001B\[\?1049|\u202E/);
    await held.store.cancel(evil.id, 'GH_APPROVAL_LEFT');
  });

  test('after logging out the session is over at the console as well', async () => {
    await gatehouse(['login', '--user', 'erin@example.com'], { who: 'erin' });
    const folder = join(directory.path, 'erin/gatehouse/sessions');
    const [name = ''] = await readdir(folder);
    const { session } = JSON.parse(await readFile(join(folder, name), 'utf8')) as { session: string };
    const ask = () => fetch(`${consoleUrl}/api/me`, { headers: { authorization: `Bearer ${session}` } });
    expect((await ask()).status).toBe(200);
    expect((await gatehouse(['logout'], { who: 'erin' })).code).toBe(0);
    expect((await ask()).status).toBe(401);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a webhook at the same console', () => {
  const secrets = readWebhookSecrets(WEBHOOK_SECRET);
  const send = async (request: ApprovalRequest, user: string, differs: Record<string, string> = {}) => {
    const body = JSON.stringify({
      approvalId: request.id,
      verdict: 'approve',
      reviewer: { subject: user },
      actionDigest: request.actionDigest,
    });
    const headers = {
      ...signWebhook(secrets, `msg_${randomBytes(8).toString('hex')}`, Date.now(), body),
      ...differs,
    };
    const answer = await fetch(`${consoleUrl}/webhooks/ops`, { method: 'POST', body, headers });
    return [answer.status, (await answer.json()) as { code?: string; state?: string }] as const;
  };

  test('decides; forged, or naming the requester, it does not', async () => {
    const request = await held.hold();
    expect(await send(request, 'bob', { 'webhook-signature': 'v1,AAAA' })).toMatchObject([
      401,
      { code: 'GH_WEBHOOK_SIGNATURE' },
    ]);
    expect(await send(request, 'alice')).toMatchObject([403, { code: 'GH_REVIEW_OWN_REQUEST' }]);
    expect(await stateOf(request.id)).toBe('pending');
    expect(await send(request, 'bob')).toMatchObject([200, { state: 'approved' }]);
  });

  test('by the script of the page', async () => {
    const request = await held.hold();
    const script = join(directory.path, 'decide.mjs');
    await writeFile(script, fence('docs/webhooks.md', 'js', 'GATEHOUSE_CHANNEL'));
    const child = spawn(
      process.execPath,
      [script, request.id, request.actionDigest, 'deny', 'bob', 'not on a Friday'],
      {
        env: { ...process.env, GATEHOUSE_CONSOLE: consoleUrl, GATEHOUSE_CHANNEL: 'ops', WEBHOOK_SECRET },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    expect(out).toMatch(/^200 \{"state":"denied"/);
  });

  test('the page verifies what the gate signs, and nothing else', async () => {
    const script = join(directory.path, 'verify.mjs');
    await writeFile(script, fence('docs/webhooks.md', 'js', 'isFromGatehouse'));
    const { isFromGatehouse } = (await import(script)) as {
      isFromGatehouse: (headers: object, body: Buffer, secret: string, nowMs?: number) => boolean;
    };
    const body = '{"type":"approval.requested"}';
    const headers = signWebhook(secrets, 'id_requested', Date.now(), body);
    const verify = (differs: object = {}, text = body, nowMs = Date.now()): boolean =>
      isFromGatehouse({ ...headers, ...differs }, Buffer.from(text), WEBHOOK_SECRET, nowMs);
    expect(verify()).toBe(true);
    expect([
      verify({ 'webhook-id': 'other' }),
      verify({ 'webhook-timestamp': 'x' }),
      verify({ 'webhook-signature': undefined }),
      verify({}, `${body} `),
      verify({}, body, Date.now() + 360_000),
    ]).toEqual([false, false, false, false, false]);
  });

  test('Slack has no channel of that name here', async () => {
    const answer = await fetch(`${consoleUrl}/slack/ops`, { method: 'POST', body: 'payload={}' });
    expect(answer.status).toBe(401);
  });
});
