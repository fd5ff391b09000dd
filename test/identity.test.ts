import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCredentialSource } from '../ext-proc/adapters/credentials/credential-source.ts';
import { createTokenVerifier } from '../ext-proc/adapters/oidc/token-verifier.ts';
import { openSqliteState } from '../ext-proc/adapters/sqlite-state.ts';
import { loadConfig } from '../ext-proc/config/load.ts';
import { Secret } from '../ext-proc/domain/secret.ts';
import { mintToken, rotateDevKey, startDevIssuer, type DevIssuer } from '../ext-proc/embedded/dev-issuer.ts';

const quiet = (): void => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
let aheadMs = 0;
const clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() + aheadMs };

let directory: string;
let issuer: DevIssuer;

beforeEach(async () => {
  aheadMs = 0;
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-identity-'));
  issuer = await startDevIssuer({ directory, port: 0, listeners: ['127.0.0.1:6432'] });
});
afterEach(async () => {
  await issuer.stop();
  await rm(directory, { recursive: true });
});

function verifierFor(audience = 'gatehouse') {
  const settings = { issuer: issuer.issuer, audience, algorithms: ['ES256'], clockToleranceMs: 5_000 };
  const verifier = createTokenVerifier({ issuers: [settings], clock, log });
  return async (token: string) => {
    const verdict = await verifier.verify(new Secret(token));
    return verdict.ok ? verdict.identity.principal : verdict.code;
  };
}
const mint = (onBehalfOf?: string): Promise<string> =>
  mintToken({
    directory,
    issuer: issuer.issuer,
    audience: 'gatehouse',
    subject: 'agent:claude-1',
    onBehalfOf,
    groups: ['developers'],
    ttlMs: 900_000,
    clock,
  });

describe('a token of the development issuer', () => {
  it('makes the principal that it was asked for, alone and for a human', async () => {
    const verify = verifierFor();
    const agent = { subject: 'agent:claude-1', issuer: issuer.issuer, groups: ['developers'] };
    expect(await verify(await mint())).toEqual({ ...agent, onBehalfOf: undefined });
    expect(await verify(await mint('alice@example.com'))).toEqual({
      ...agent,
      onBehalfOf: 'alice@example.com',
    });
  });

  it('ends with its time, for another audience is none, and does not outlive its key for long', async () => {
    const token = await mint();
    expect(await verifierFor('another')(token)).toBe('GH_TOKEN_AUDIENCE');
    const verify = verifierFor();
    expect(await verify(token)).toMatchObject({ subject: 'agent:claude-1' });
    await rotateDevKey(directory, { revoke: true });
    aheadMs += 5_000;
    expect(await verify(await mint())).toMatchObject({ subject: 'agent:claude-1' });
    expect(await verify(token)).toBe('GH_TOKEN_KEY');
    const next = await mint();
    aheadMs += 906_000;
    expect(await verify(next)).toBe('GH_TOKEN_EXPIRED');
  });

  it('signed while the issuer was stopped verifies once it is back', async () => {
    const { issuer: url } = issuer;
    await issuer.stop();
    const verify = verifierFor();
    const token = await mint();
    expect(await verify(token)).toBe('GH_ISSUER_UNREACHABLE');
    issuer = await startDevIssuer({ directory, port: Number(new URL(url).port), listeners: [] });
    aheadMs += 1_000;
    expect(await verify(token)).toMatchObject({ subject: 'agent:claude-1' });
  });
});

describe('the example configuration', () => {
  it('is all that verifier, credentials and shared state need', async () => {
    const config = await loadConfig(join(import.meta.dirname, '../docs/gatehouse.example.yaml'));
    const { issuers, upstreams, listeners } = config;
    createTokenVerifier({ issuers, clock, log }).close();
    const credentials = createCredentialSource({ upstreams, clock, log });
    expect(await credentials.credentialFor('no such upstream', [])).toBeUndefined();
    const state = openSqliteState({ file: join(directory, 'state.db'), worker: '0', clock, log, listeners });
    for (const { name } of listeners) expect(state.enterUnauthenticated(name, '10.0.0.1:1')).toBe(true);
    state.close();
  });
});
