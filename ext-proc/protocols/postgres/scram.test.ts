import { createHash, createHmac, pbkdf2 as pbkdf2Callback, pbkdf2Sync } from 'node:crypto';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.ts';
import { SCRAM_ITERATIONS_MAX, ScramClient } from './scram.ts';
import type { ScramOptions } from './scram.ts';

const derive = promisify(pbkdf2Callback);
const SALT = Buffer.from('0123456789abcdef');
const CLIENT_NONCE = Buffer.alloc(18, 1).toString('base64');

function client(options: Partial<ScramOptions> = {}): ScramClient {
  return new ScramClient({
    password: new Secret('pencil'),
    channelBinding: undefined,
    bindingNotOffered: false,
    randomBytes: (count) => new Uint8Array(count).fill(1),
    pbkdf2: (password, salt, iterations, bytes) => derive(password, salt, iterations, bytes, 'sha256'),
    ...options,
  });
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** A server's half of RFC 5802, by what it stores: it recovers the client's key from the proof. */
function serverHalf(password: string, clientFirst: string, iterations = 4096) {
  const salted = pbkdf2Sync(password, SALT, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  const bare = clientFirst.slice(clientFirst.indexOf('n=,'));
  const first = `r=${bare.slice('n=,r='.length)}SERVER,s=${SALT.toString('base64')},i=${iterations}`;
  return {
    first: Buffer.from(first),
    final(clientFinal: string): Buffer | undefined {
      const at = clientFinal.lastIndexOf(',p=');
      const message = `${bare},${first},${clientFinal.slice(0, at)}`;
      const proof = Buffer.from(clientFinal.slice(at + 3), 'base64');
      const signature = hmac(storedKey, message);
      const key = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] as number)));
      if (!createHash('sha256').update(key).digest().equals(storedKey)) return undefined;
      return Buffer.from(`v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`);
    },
  };
}

async function exchange(target: ScramClient, storedPassword: string) {
  const server = serverHalf(storedPassword, target.first().toString());
  const final = await target.final(server.first);
  if (!final.ok) throw new Error(final.code);
  return { clientFinal: final.value.toString(), serverFinal: server.final(final.value.toString()) };
}

describe('ScramClient', () => {
  it('proves the password and takes the server’s proof', async () => {
    const target = client();
    const { serverFinal } = await exchange(target, 'pencil');
    expect(serverFinal).toBeDefined();
    expect(target.verify(serverFinal as Buffer)).toEqual({ ok: true, value: true });
  });

  it.each([
    ['a soft hyphen', 'pen\u00adcil', 'pencil'],
    ['a compatibility character', 'penci\u2113', 'pencil'],
    ['a prohibited character, taken as it is', 'pen\u0007cil', 'pen\u0007cil'],
    ['nothing that SASLprep leaves, taken as it is', '\u00ad', '\u00ad'],
  ])('normalises a password with %s', async (_, configured, stored) => {
    const { serverFinal } = await exchange(client({ password: new Secret(configured) }), stored);
    expect(serverFinal).toBeDefined();
  });

  it('says in its header whether it binds, could have, or cannot', async () => {
    const certificateDer = Buffer.from('certificate');
    const bound = client({ channelBinding: { certificateDer, hash: 'sha256' } });
    expect(bound.mechanism).toBe('SCRAM-SHA-256-PLUS');
    expect(bound.first().toString()).toBe(`p=tls-server-end-point,,n=,r=${CLIENT_NONCE}`);
    expect(client({ bindingNotOffered: true }).first().toString()).toBe(`y,,n=,r=${CLIENT_NONCE}`);
    expect(client().first().toString()).toBe(`n,,n=,r=${CLIENT_NONCE}`);
    const { clientFinal, serverFinal } = await exchange(bound, 'pencil');
    const binding = Buffer.from(/^c=([^,]*)/.exec(clientFinal)?.[1] ?? '', 'base64');
    const digest = createHash('sha256').update(certificateDer).digest();
    expect(binding).toEqual(Buffer.concat([Buffer.from('p=tls-server-end-point,,'), digest]));
    expect(serverFinal).toBeDefined();
  });

  it('refuses a server that does not know the password', async () => {
    const target = client();
    await exchange(target, 'pencil');
    const forged = Buffer.from(`v=${Buffer.alloc(32, 9).toString('base64')}`);
    expect(target.verify(forged)).toEqual({ ok: false, code: 'GH_PG_SCRAM_SERVER_SIGNATURE' });
  });

  it.each([
    ['an error', 'e=invalid-proof', 'GH_PG_SCRAM_REFUSED'],
    ['a short signature', `v=${Buffer.alloc(31).toString('base64')}`, 'GH_PG_SCRAM_FORM'],
    ['no base64', 'v=!!!!', 'GH_PG_SCRAM_FORM'],
    ['nothing', '', 'GH_PG_SCRAM_FORM'],
    ['bytes that are not ASCII', 'v=\u00e9', 'GH_PG_SCRAM_FORM'],
  ])('refuses a last message of %s', async (_, text, code) => {
    const target = client();
    await exchange(target, 'pencil');
    expect(target.verify(Buffer.from(text, 'latin1'))).toEqual({ ok: false, code });
  });

  it('takes no last message before its own', () => {
    expect(client().verify(Buffer.from('v=AAAA'))).toEqual({ ok: false, code: 'GH_PG_SCRAM_FORM' });
  });

  const salt = SALT.toString('base64');
  it.each([
    ['another nonce', `r=${'x'.repeat(24)}SERVER,s=${salt},i=4096`, 'GH_PG_SCRAM_NONCE'],
    ['our nonce alone', `r=${CLIENT_NONCE},s=${salt},i=4096`, 'GH_PG_SCRAM_NONCE'],
    ['an extension', `m=x,r=${CLIENT_NONCE}S,s=${salt},i=4096`, 'GH_PG_SCRAM_FORM'],
    ['another order', `s=${salt},r=${CLIENT_NONCE}S,i=4096`, 'GH_PG_SCRAM_FORM'],
    ['an empty salt', `r=${CLIENT_NONCE}S,s=,i=4096`, 'GH_PG_SCRAM_FORM'],
    ['a salt that is not base64', `r=${CLIENT_NONCE}S,s=a,i=4096`, 'GH_PG_SCRAM_FORM'],
    ['no iterations', `r=${CLIENT_NONCE}S,s=${salt},i=0`, 'GH_PG_SCRAM_ITERATIONS'],
    ['a sign before them', `r=${CLIENT_NONCE}S,s=${salt},i=-1`, 'GH_PG_SCRAM_ITERATIONS'],
    ['too many', `r=${CLIENT_NONCE}S,s=${salt},i=${SCRAM_ITERATIONS_MAX + 1}`, 'GH_PG_SCRAM_ITERATIONS'],
    ['an exponent', `r=${CLIENT_NONCE}S,s=${salt},i=1e9`, 'GH_PG_SCRAM_ITERATIONS'],
  ])('refuses a first message with %s, and derives nothing', async (_, text, code) => {
    const target = client({ pbkdf2: () => Promise.reject(new Error('derived')) });
    expect(await target.final(Buffer.from(text))).toEqual({ ok: false, code });
  });

  it('never throws, whatever the server says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), async (bytes) => {
        const target = client();
        expect((await target.final(bytes)).ok).toBe(false);
        expect(target.verify(bytes).ok).toBe(false);
      }),
    );
  });
});
