import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../domain/principal.ts';
import { hmacSha256 } from '../../masking/styles/hmac-sha256.ts';
import { createMcpSessions } from './sessions.ts';

const ada: Principal = { subject: 'agent', onBehalfOf: 'ada', issuer: 'https://idp.example', groups: ['a'] };
const sessions = createMcpSessions(hmacSha256(Buffer.alloc(32, 1)));
const UNKNOWN = { ok: false, status: 404, code: 'GH_MCP_SESSION' };

describe('a sealed session id', () => {
  it('opens for its principal at its server, on any worker with the key', () => {
    const visible = fc.stringMatching(/^[\x21-\x7e]{1,200}$/);
    fc.assert(
      fc.property(visible, (id) => {
        const sealed = sessions.seal(id, 'shop', ada) ?? '';
        expect(sealed).toMatch(/^[\x21-\x7e]+$/);
        const elsewhere = createMcpSessions(hmacSha256(Buffer.alloc(32, 1)));
        expect(elsewhere.open(sealed, 'shop', ada)).toEqual({ ok: true, upstreamSessionId: id });
      }),
    );
  });

  it('opens whatever the principal’s groups have become', () => {
    const sealed = sessions.seal('s-1', 'shop', ada) ?? '';
    expect(sessions.open(sealed, 'shop', { ...ada, groups: [] }).ok).toBe(true);
  });

  it('opens for nobody else, nowhere else and under no other key', () => {
    const sealed = sessions.seal('s-1', 'shop', ada) ?? '';
    expect(sessions.open(sealed, 'shop', { ...ada, onBehalfOf: 'bob' })).toMatchObject(UNKNOWN);
    expect(sessions.open(sealed, 'shop', { ...ada, onBehalfOf: undefined })).toMatchObject(UNKNOWN);
    expect(sessions.open(sealed, 'shop', { ...ada, subject: 'other' })).toMatchObject(UNKNOWN);
    expect(sessions.open(sealed, 'shop', { ...ada, issuer: 'https://other.example' })).toMatchObject(UNKNOWN);
    expect(sessions.open(sealed, 'shop2', ada)).toMatchObject(UNKNOWN);
    const other = createMcpSessions(hmacSha256(Buffer.alloc(32, 2)));
    expect(other.open(sealed, 'shop', ada)).toMatchObject(UNKNOWN);
  });

  it('does not confuse what is bound with what stands beside it', () => {
    const one = sessions.seal('c', 'shop', { ...ada, subject: 'a","b' });
    const two = sessions.seal('c', 'shop', { ...ada, subject: 'a', onBehalfOf: 'b' });
    expect(one).not.toBe(two);
    const workload = { ...ada, onBehalfOf: undefined };
    expect(sessions.seal('c', 'shop', workload)).not.toBe(
      sessions.seal('c', 'shop', { ...ada, onBehalfOf: 'null' }),
    );
  });

  it('is no longer one with any character changed', () => {
    const sealed = sessions.seal('session-1', 'shop', ada) ?? '';
    fc.assert(
      fc.property(
        fc.nat(sealed.length - 2),
        fc.constantFrom('A', 'b', '0', '-', '.', '~'),
        (at, character) => {
          const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
          expect(sessions.open(changed, 'shop', ada).ok).toBe(changed === sealed);
        },
      ),
    );
  });

  it.each(['', 's-1', '1..', '1.cw.', `1.${'a'.repeat(5_000)}.x`, '1.cy0x.AAAA'])('%s is none', (id) => {
    expect(sessions.open(id, 'shop', ada)).toMatchObject(UNKNOWN);
  });

  it('is not made of an id that the specification does not allow', () => {
    for (const id of ['', 'a b', 'a\n', 'é', 'x'.repeat(1_025)]) {
      expect(sessions.seal(id, 'shop', ada)).toBeUndefined();
    }
  });
});
