import { pbkdf2 as pbkdf2Callback } from 'node:crypto';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.ts';
import {
  encodeAuthenticationCleartextPassword,
  encodeAuthenticationOk,
  encodeBackendKeyData,
  encodeErrorResponse,
  encodeNoticeResponse,
  encodeParameterStatus,
  encodeReadyForQuery,
} from './backend-encoders.ts';
import { decodePassword, decodeSaslInitialResponse } from './frontend.ts';
import { BACKEND, BACKEND_TYPES } from './message-types.ts';
import { decodeStartup, encodeNegotiateProtocolVersion } from './startup.ts';
import { UpstreamLogin } from './upstream-login.ts';
import type { LoginStep, UpstreamLoginOptions } from './upstream-login.ts';
import { WireWriter } from './wire-writer.ts';

const derive = promisify(pbkdf2Callback);

function login(options: Partial<UpstreamLoginOptions> = {}): UpstreamLogin {
  return new UpstreamLogin({
    user: 'app',
    password: new Secret('pencil'),
    parameters: new Map([['database', 'db']]),
    protocolMinor: 2,
    channelBinding: undefined,
    tlsActive: true,
    randomBytes: (count) => new Uint8Array(count),
    pbkdf2: (password, salt, iterations, bytes) => derive(password, salt, iterations, bytes, 'sha256'),
    ...options,
  });
}

/** Hands in messages until one is not answered with `continue`. */
async function play(target: UpstreamLogin, ...messages: Buffer[]): Promise<LoginStep> {
  let step: LoginStep = { kind: 'continue' };
  for (const wire of messages) {
    step = await target.onMessage(wire[0] as number, wire);
    if (step.kind === 'failed' || step.kind === 'ready') return step;
  }
  return step;
}

const authentication = (method: number, rest: Uint8Array = new Uint8Array()): Buffer =>
  new WireWriter(BACKEND.Authentication).uint32(method).bytes(rest).finish();
const sasl = (...mechanisms: string[]): Buffer =>
  authentication(10, Buffer.from([...mechanisms, '', ''].join('\0')));
const OK = encodeAuthenticationOk();
const READY = encodeReadyForQuery('I');
const failed = (code: string) => expect.objectContaining({ kind: 'failed', code });

describe('UpstreamLogin', () => {
  it('opens with a startup packet of the user and the parameters', () => {
    expect(
      decodeStartup(
        login({
          parameters: new Map([
            ['user', 'x'],
            ['database', 'db'],
          ]),
        }).start(),
      ),
    ).toMatchObject({
      kind: 'startup',
      protocolMinor: 2,
      parameters: new Map([
        ['user', 'app'],
        ['database', 'db'],
      ]),
    });
  });

  it('refuses a NUL in the configuration before a byte is sent', () => {
    expect(() => login({ password: new Secret('a\0b') }).start()).toThrowError(
      expect.objectContaining({ code: 'GH_PG_ENCODE_NUL' }),
    );
  });

  it('collects what the server reports until it is ready', async () => {
    const key = Buffer.alloc(32, 5);
    const notice = encodeNoticeResponse('NOTICE', { sqlstate: '00000', message: 'hello' });
    const step = await play(
      login(),
      OK,
      encodeParameterStatus('server_version', '18.0'),
      notice,
      encodeParameterStatus('TimeZone', 'UTC'),
      encodeParameterStatus('TimeZone', 'GMT'),
      encodeBackendKeyData(42, key),
      READY,
    );
    expect(step).toEqual({
      kind: 'ready',
      parameters: new Map([
        ['server_version', '18.0'],
        ['TimeZone', 'GMT'],
      ]),
      backendKey: { processId: 42, secretKey: key },
      transactionStatus: 'I',
      protocolMinor: 2,
      notices: [notice],
    });
  });

  it('goes down to the minor version that the server names', async () => {
    const step = await play(login(), encodeNegotiateProtocolVersion(0, []), OK, READY);
    expect(step).toMatchObject({ kind: 'ready', protocolMinor: 0, backendKey: undefined });
  });

  it.each([
    ['a higher version', encodeNegotiateProtocolVersion(4, [])],
    ['the version that was asked for', encodeNegotiateProtocolVersion(2, [])],
    ['3.1, which does not exist', encodeNegotiateProtocolVersion(1, [])],
  ])('refuses a negotiation to %s', async (_, wire) => {
    expect(await play(login(), wire)).toEqual(failed('GH_PG_UPSTREAM_VERSION'));
  });

  it('refuses a negotiation about options that it did not send, a second one, and a late one', async () => {
    const down = encodeNegotiateProtocolVersion(0, []);
    const protocol = failed('GH_PG_UPSTREAM_PROTOCOL');
    expect(await play(login(), encodeNegotiateProtocolVersion(0, ['_pq_.x']))).toEqual(protocol);
    expect(await play(login(), down, down)).toEqual(protocol);
    expect(await play(login(), OK, down)).toEqual(protocol);
  });

  it('takes a long cancel key only where 3.2 was agreed', async () => {
    const long = encodeBackendKeyData(42, Buffer.alloc(32));
    expect(await play(login({ protocolMinor: 0 }), OK, long)).toMatchObject({
      code: 'GH_PG_UPSTREAM_PROTOCOL',
      wireError: 'GH_PG_CANCEL_KEY',
    });
  });

  it('gives the password in clear under TLS alone, unless told that the way is safe', async () => {
    const request = encodeAuthenticationCleartextPassword();
    const step = await play(login(), request);
    expect(step.kind === 'send' && decodePassword(step.bytes)).toEqual({
      ok: true,
      password: new Secret('pencil'),
    });
    expect(await play(login({ tlsActive: false }), request)).toEqual(failed('GH_PG_UPSTREAM_CLEARTEXT'));
    expect(await play(login({ tlsActive: false, cleartextWithoutTls: true }), request)).toMatchObject({
      kind: 'send',
    });
  });

  it.each([
    ['cleartext', encodeAuthenticationCleartextPassword()],
    ['md5', authentication(5, Buffer.from('salt'))],
    ['SCRAM', sasl('SCRAM-SHA-256')],
  ])('fails clearly where %s wants a password and none is configured', async (_, wire) => {
    expect(await play(login({ password: undefined }), wire)).toEqual(failed('GH_PG_UPSTREAM_NO_PASSWORD'));
  });

  it.each([
    ['Kerberos', authentication(2)],
    ['GSSAPI', authentication(7)],
    ['SSPI', authentication(9)],
    ['an unknown method', authentication(99)],
    ['an unknown SASL mechanism', sasl('OAUTHBEARER')],
    ['binding alone, with nothing to bind to', sasl('SCRAM-SHA-256-PLUS')],
  ])('does not speak %s', async (_, wire) => {
    expect(await play(login(), wire)).toEqual(failed('GH_PG_UPSTREAM_METHOD'));
  });

  it('binds SCRAM to TLS where it can, and says so where the server did not offer it', async () => {
    const channelBinding = { certificateDer: Buffer.from('certificate'), hash: 'sha256' };
    const first = async (options: Partial<UpstreamLoginOptions>, ...mechanisms: string[]) => {
      const step = await play(login(options), sasl(...mechanisms));
      const read = step.kind === 'send' ? decodeSaslInitialResponse(step.bytes) : undefined;
      return read?.ok === true ? [read.mechanism, read.data?.toString().split(',')[0]] : undefined;
    };
    const both = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'];
    expect(await first({ channelBinding }, ...both)).toEqual([
      'SCRAM-SHA-256-PLUS',
      'p=tls-server-end-point',
    ]);
    expect(await first({ channelBinding }, 'SCRAM-SHA-256')).toEqual(['SCRAM-SHA-256', 'y']);
    expect(await first({}, ...both)).toEqual(['SCRAM-SHA-256', 'n']);
  });

  it('refuses an early yes in the middle of SCRAM', async () => {
    expect(await play(login(), sasl('SCRAM-SHA-256'), OK)).toEqual(failed('GH_PG_UPSTREAM_PROTOCOL'));
  });

  it('gives one answer to one request only', async () => {
    const request = encodeAuthenticationCleartextPassword();
    expect(await play(login(), request, request)).toEqual(failed('GH_PG_UPSTREAM_PROTOCOL'));
    expect(await play(login(), sasl('SCRAM-SHA-256'), request)).toEqual(failed('GH_PG_UPSTREAM_PROTOCOL'));
  });

  it('hands the server’s refusal up with its fields', async () => {
    const step = await play(login(), encodeErrorResponse('FATAL', { sqlstate: '28P01', message: 'no' }));
    expect(step).toEqual(failed('GH_PG_UPSTREAM_REFUSED'));
    expect(step.kind === 'failed' && step.serverError?.get('C')).toBe('28P01');
  });

  it.each([
    ['rows', Buffer.from([BACKEND.DataRow, 0, 0, 0, 6, 0, 0])],
    ['ready before yes', READY],
    ['a key before yes', encodeBackendKeyData(1, Buffer.alloc(4))],
    ['a parameter before yes', encodeParameterStatus('a', 'b')],
    ['a SASL answer that nobody asked for', authentication(11)],
  ])('refuses %s', async (_, wire) => {
    expect(await play(login(), wire)).toEqual(failed('GH_PG_UPSTREAM_PROTOCOL'));
  });

  it('refuses a message that comes while an answer is derived, and everything after a failure', async () => {
    const target = login();
    await play(target, sasl('SCRAM-SHA-256'));
    const nonce = Buffer.alloc(18).toString('base64');
    const working = target.onMessage(
      BACKEND.Authentication,
      authentication(11, Buffer.from(`r=${nonce}S,s=AAAA,i=4096`)),
    );
    expect(target.onMessage(BACKEND.Authentication, OK)).toEqual(failed('GH_PG_UPSTREAM_PROTOCOL'));
    await working;
    expect(await play(target, OK)).toEqual(failed('GH_PG_UPSTREAM_PROTOCOL'));
  });

  it('bounds what a server can make it keep', async () => {
    const many = Array.from({ length: 300 }, (_, index) => encodeParameterStatus(`p${index}`, ''));
    expect(await play(login(), OK, ...many)).toEqual(failed('GH_PG_UPSTREAM_LIMIT'));
    const notice = encodeNoticeResponse('NOTICE', { sqlstate: '00000', message: 'x'.repeat(10_000) });
    expect(await play(login(), ...Array.from({ length: 10 }, () => notice))).toEqual(
      failed('GH_PG_UPSTREAM_LIMIT'),
    );
  });

  it('never throws, whatever the server sends', async () => {
    const anyBytes = fc.uint8Array({ maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...BACKEND_TYPES), fc.constantFrom(0, 3, 5, 10, 11, 12), anyBytes)),
        async (messages) => {
          const target = login();
          for (const [type, method, rest] of messages) {
            const wire = new WireWriter(type).uint32(method).bytes(rest).finish();
            const step = await target.onMessage(type, wire);
            expect(['send', 'continue', 'ready', 'failed']).toContain(step.kind);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
