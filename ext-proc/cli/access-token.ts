/**
 * The access token that a client of this machine shows the gate: from a command, a file, GATEHOUSE_TOKEN or the
 * development issuer, the first that there is. It is asked for again when it nears its end, and when the gate refuses it.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { GatehouseError } from '../domain/errors.ts';
import { callerPath } from './paths.ts';
import { findRunning } from './places.ts';
import { token as developmentToken, type TokenOptions } from './token.ts';

export interface AccessTokenOptions extends TokenOptions {
  /** Run by a shell; prints a token. */
  readonly tokenCommand?: string;
  readonly tokenFile?: string;
}

export interface AccessToken {
  /** Good for a while yet, as far as it says. Rejects with `GH_NO_TOKEN` or `GH_TOKEN_COMMAND`. */
  current(): Promise<string>;
  /** The next `current` asks anew. */
  renew(): void;
}

const COMMAND_TIMEOUT_MS = 10_000;
const TOKEN_BYTES_MAX = 65_536;
/** A token is renewed when a fifth of its life is left. */
const LEFT_SHARE = 0.2;
/** One that does not say when it ends. */
const UNKNOWN_LIFE_MS = 60_000;

/** `nowMs` is wall time. */
export function createAccessToken(options: AccessTokenOptions, nowMs: () => number): AccessToken {
  let kept: { readonly token: string; readonly renewAtMs: number } | undefined;
  let asking: Promise<string> | undefined;

  async function ask(): Promise<string> {
    const token = await readToken(options);
    const now = nowMs();
    const endMs = tokenEndMs(token);
    const lifeMs = endMs === undefined ? UNKNOWN_LIFE_MS : Math.max(0, endMs - now);
    kept = { token, renewAtMs: now + lifeMs * (1 - LEFT_SHARE) };
    return token;
  }

  return {
    current: async () => {
      if (kept !== undefined && nowMs() < kept.renewAtMs) return kept.token;
      // Many requests at once ask once.
      asking ??= ask().finally(() => (asking = undefined));
      return asking;
    },
    renew: () => {
      kept = undefined;
    },
  };
}

async function readToken(options: AccessTokenOptions): Promise<string> {
  if (options.tokenCommand !== undefined)
    return oneToken(await outputOf(options.tokenCommand), '--token-command');
  if (options.tokenFile !== undefined) return oneToken(await contentOf(options.tokenFile), '--token-file');
  const own = process.env['GATEHOUSE_TOKEN'];
  if (own !== undefined) return oneToken(own, 'GATEHOUSE_TOKEN');
  const { run } = await findRunning(options.config);
  if (run.mode === 'development') return developmentToken(options);
  throw new GatehouseError(
    'GH_NO_TOKEN',
    'This gate has an issuer of its own: say where its tokens come from with --token-command or --token-file, or put one into GATEHOUSE_TOKEN.',
  );
}

async function outputOf(command: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], {
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: TOKEN_BYTES_MAX,
    });
    return stdout;
  } catch (error) {
    // Neither what it printed nor its own text: either may hold a secret.
    const { code, killed } = error as { code?: unknown; killed?: boolean };
    const how =
      killed === true ? `was ended after ${COMMAND_TIMEOUT_MS / 1_000} s` : `failed (${String(code)})`;
    throw new GatehouseError('GH_TOKEN_COMMAND', `--token-command ${how}. Run it by hand to see why.`);
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(callerPath(file), 'utf8');
  } catch (cause) {
    throw new GatehouseError('GH_NO_TOKEN', `--token-file: ${callerPath(file)} cannot be read.`, { cause });
  }
}

/** RFC 6750 section 2.1. */
function oneToken(text: string, from: string): string {
  const token = text.trim();
  if (/^[A-Za-z0-9\-._~+/]+=*$/.test(token) && token.length <= TOKEN_BYTES_MAX) return token;
  throw new GatehouseError('GH_NO_TOKEN', `${from} must give one bearer token and nothing else.`);
}

/** `exp` of a JWT (RFC 7519 section 4.1.4), unverified: it is only about when to ask again. */
function tokenEndMs(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { exp } = claims as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
