/** A self-signed certificate for `localhost` with a signature of one's choice. */
import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

export interface SelfSigned {
  readonly der: Buffer;
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** Hash functions in WebCrypto's words, `SHA-256`. */
export type SignatureKind =
  | { readonly name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS'; readonly hash: string }
  | { readonly name: 'ECDSA'; readonly namedCurve: string; readonly hash: string }
  | { readonly name: 'Ed25519' };

export async function selfSigned(kind: SignatureKind): Promise<SelfSigned> {
  const algorithm =
    kind.name === 'RSASSA-PKCS1-v1_5' || kind.name === 'RSA-PSS'
      ? { ...kind, publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048, saltLength: 32 }
      : kind;
  const usages: webcrypto.KeyUsage[] = ['sign', 'verify'];
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, usages)) as webcrypto.CryptoKeyPair;
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=localhost',
      keys,
      signingAlgorithm: algorithm,
      extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
    },
    webcrypto as never,
  );
  const key = createPrivateKey({
    key: Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    der: Buffer.from(made.rawData),
    certificate: made.toString('pem'),
    key: key.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}
