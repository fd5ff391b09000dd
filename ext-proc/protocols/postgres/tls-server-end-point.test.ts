import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../../../test/support/self-signed.ts';
import type { SignatureKind } from '../../../test/support/self-signed.ts';
import { channelBindingData, tlsServerEndPoint } from './tls-server-end-point.ts';

const CASES: readonly [string, SignatureKind, string][] = [
  ['RSA with SHA-256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, 'sha256'],
  ['RSA with SHA-384', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }, 'sha384'],
  ['RSA with SHA-512', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, 'sha512'],
  ['RSA with SHA-1, which is too weak', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }, 'sha256'],
  ['RSASSA-PSS with SHA-384', { name: 'RSA-PSS', hash: 'SHA-384' }, 'sha384'],
  ['RSASSA-PSS with SHA-1', { name: 'RSA-PSS', hash: 'SHA-1' }, 'sha256'],
  ['ECDSA with SHA-256', { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }, 'sha256'],
  ['ECDSA with SHA-384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }, 'sha384'],
];

describe('tlsServerEndPoint', () => {
  it.each(CASES)('takes the hash of %s', async (_, kind, hash) => {
    const { der } = await selfSigned(kind);
    const binding = tlsServerEndPoint(der);
    expect(binding).toEqual({ certificateDer: der, hash });
    expect(binding && channelBindingData(binding)).toEqual(createHash(hash).update(der).digest());
  });

  it('has nothing to bind to where the signature has no hash of its own', async () => {
    expect(tlsServerEndPoint((await selfSigned({ name: 'Ed25519' })).der)).toBeUndefined();
  });

  it('never throws, whatever the bytes', async () => {
    const { der } = await selfSigned({ name: 'RSA-PSS', hash: 'SHA-256' });
    for (let length = 0; length < der.length; length++) {
      expect(tlsServerEndPoint(der.subarray(0, length))).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: der.length - 100 }), (bytes, at) => {
        const broken = Buffer.from(der);
        broken.set(bytes, at);
        const read = tlsServerEndPoint(broken);
        expect(read === undefined || /^sha(224|256|384|512)$/.test(read.hash)).toBe(true);
      }),
    );
  });
});
