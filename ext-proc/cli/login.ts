/**
 * `gatehouse login`: a reviewer logs in at the console as in a browser, and the terminal gets a session of its own (RFC 8252
 * section 7.3, RFC 7636). It is a person's: an agent's token cannot be had for it, and a session is no token of an agent's.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Me, TerminalLogin, TerminalLoginBody } from '../console/api.ts';
import { matchingCode } from '../console/terminal-login.ts';
import { GatehouseError } from '../domain/errors.ts';
import { askConsole, openConsole } from './console-client.ts';
import { findConsole, type ConsoleOptions } from './console-place.ts';
import { forgetSession, keepSession } from './console-session.ts';
import { developmentCode } from './development-login.ts';
import type { LineWriter } from './terminal.ts';
import { terminalLine } from './terminal-text.ts';

export interface LoginOptions extends ConsoleOptions {
  /** A person of the development issuer, which asks for no password. */
  readonly user?: string;
  readonly browser?: boolean;
}

const LOGIN_TIMEOUT_MS = 300_000;

/** Rejects with GH_LOGIN_TIMEOUT, GH_NO_DEV_ISSUER, GH_LOGIN_PERSON, and as the console says. */
export async function login(options: LoginOptions, write: LineWriter): Promise<void> {
  const place = await findConsole(options);
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  let code: string;
  if (options.user === undefined) {
    code = await codeByBrowser(place.url, challenge, options.browser !== false, write);
  } else {
    const issuer = place.developmentIssuer;
    if (issuer === undefined) {
      throw new GatehouseError(
        'GH_NO_DEV_ISSUER',
        'Without a browser people log in at the development issuer only. Log in without --user.',
      );
    }
    code = await developmentCode(place.url, issuer, challenge, options.user);
  }
  const body: TerminalLoginBody = { code, verifier };
  const { session, expiresAtMs } = (await askConsole(
    place.url,
    'POST',
    '/login/terminal',
    body,
  )) as TerminalLogin;
  await keepSession(place.url, session, expiresAtMs);
  await whoami(options, write);
}

export async function whoami(
  options: ConsoleOptions & { readonly json?: boolean },
  write: LineWriter,
): Promise<void> {
  const { place, ask } = await openConsole(options);
  const me = (await ask('GET', '/api/me')) as Me;
  if (options.json === true) {
    const { subject, name, groups, roles, expiresAtMs } = me;
    return write(JSON.stringify({ console: place.url, subject, name, groups, roles, expiresAtMs }));
  }
  const line = (text: string): string => terminalLine(text, false);
  const until = new Date(me.expiresAtMs).toISOString().slice(0, 16).replace('T', ' ');
  write(`Logged in at ${place.url} as ${line(me.subject)} (${line(me.name)}) until ${until} UTC.`);
  if (me.groups.length > 0) write(`Groups: ${me.groups.map(line).join(', ')}`);
}

/** The session ends at the console too, whoever else has it. */
export async function logout(options: ConsoleOptions, write: LineWriter): Promise<void> {
  const place = await findConsole(options);
  try {
    const { ask } = await openConsole(options);
    await ask('POST', '/api/logout');
  } catch (error) {
    const isOver =
      error instanceof GatehouseError && ['GH_CONSOLE_LOGIN', 'GH_SESSION_FILE'].includes(error.code);
    if (!isOver) {
      await forgetSession(place.url);
      throw error;
    }
  }
  write(
    (await forgetSession(place.url))
      ? `Logged out at ${place.url}.`
      : `Nobody was logged in at ${place.url}.`,
  );
}

async function codeByBrowser(
  consoleUrl: string,
  challenge: string,
  opens: boolean,
  write: LineWriter,
): Promise<string> {
  const callback = await listenForCode();
  try {
    const url = `${consoleUrl}/login/terminal?port=${callback.port}&challenge=${challenge}`;
    write('Open this in a browser of this machine, and go on if it shows the same code:');
    write('');
    write(`  ${url}`);
    write(`  code ${matchingCode(challenge)}`);
    write('');
    if (opens) openBrowser(url);
    return await callback.code;
  } finally {
    callback.close();
  }
}

interface CodeListener {
  readonly port: number;
  readonly code: Promise<string>;
  close(): void;
}

const CODE_CHARACTERS_MAX = 16_384;
const DONE_PAGE =
  '<!doctype html><meta charset="utf-8"><title>Gatehouse</title><p>The terminal has what it needs. You can close this page.</p>';

async function listenForCode(): Promise<CodeListener> {
  const { promise: code, resolve, reject } = Promise.withResolvers<string>();
  const server: Server = createServer({ maxHeaderSize: 2 * CODE_CHARACTERS_MAX }, (request, response) => {
    const { port } = server.address() as AddressInfo;
    const url = URL.parse(request.url ?? '', `http://127.0.0.1:${port}`);
    const got = url?.searchParams.get('code') ?? '';
    // A name that somebody else resolves to this machine is not how the console leads here.
    const isForUs =
      request.method === 'GET' && request.headers.host === `127.0.0.1:${port}` && url?.pathname === '/';
    if (!isForUs || !/^[A-Za-z0-9._~-]+$/.test(got) || got.length > CODE_CHARACTERS_MAX) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'",
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        connection: 'close',
      })
      .end(DONE_PAGE, () => resolve(got));
  });
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', ready);
  });
  const timer = setTimeout(
    () =>
      reject(
        new GatehouseError(
          'GH_LOGIN_TIMEOUT',
          'Nobody logged in within five minutes. Start again: npm run gatehouse -- login',
        ),
      ),
    LOGIN_TIMEOUT_MS,
  );
  // Closed before it was waited for: nobody is told twice.
  code.catch(() => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    code,
    close: () => {
      clearTimeout(timer);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Where there is a desktop; the address is printed anyway. */
function openBrowser(url: string): void {
  const hasDesktop = process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
  if (!hasDesktop || !process.stdout.isTTY) return;
  spawn('xdg-open', [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
