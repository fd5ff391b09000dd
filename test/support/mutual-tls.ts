/** Certificates for mutual TLS in tests: an authority of its own for each side. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto as never);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

export interface TestIdentity {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

export interface TestAuthority {
  /** Its own certificate (PEM). */
  readonly certificate: string;
  /** A certificate for one DNS name. */
  issue(commonName: string, dnsName: string): Promise<{ readonly certificate: string; readonly key: string }>;
}

export async function makeAuthority(name: string): Promise<TestAuthority> {
  const validity = { notBefore: new Date(Date.now() - HOUR_MS), notAfter: new Date(Date.now() + HOUR_MS) };
  const authorityKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: `CN=${name} authority`,
    signingAlgorithm: ALGORITHM,
    keys: authorityKeys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificate: authority.toString('pem'),
    issue: async (commonName, dnsName) => {
      const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await X509CertificateGenerator.create({
        ...validity,
        issuer: authority.subject,
        subject: `CN=${commonName}`,
        publicKey: keys.publicKey,
        signingKey: authorityKeys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: dnsName }])],
      });
      const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
      return { certificate: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
    },
  };
}

/** A certificate for one DNS name, by an authority made for it alone; three files in `directory`. */
export async function makeIdentity(directory: string, name: string, dnsName: string): Promise<TestIdentity> {
  const authority = await makeAuthority(name);
  const { certificate, key } = await authority.issue(name, dnsName);
  const files = {
    certificateFile: join(directory, `${name}.crt`),
    keyFile: join(directory, `${name}.key`),
    caFile: join(directory, `${name}-ca.crt`),
  };
  await writeFile(files.certificateFile, certificate);
  await writeFile(files.keyFile, key, { mode: 0o600 });
  await writeFile(files.caFile, authority.certificate);
  return files;
}
