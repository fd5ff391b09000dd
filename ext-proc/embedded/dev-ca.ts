/**
 * A certificate authority for this machine's own development stack, and the server certificates it signs: for
 * `localhost` and 127.0.0.1 only. Its key stays in the state directory, readable by this account alone; it is not
 * for any trust store. Certificates are renewed before they run out. RFC 5280.
 */
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate (for a server: with no intermediate, since there is none) and its key, as PEM and as files. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface DevCertificates {
  /** Clients verify against this file (`sslrootcert`). */
  readonly caFile: string;
  readonly ca: string;
  /** One for each name asked for. */
  readonly servers: ReadonlyMap<string, CertificateFiles>;
}

const DAY_MS = 86_400_000;
const CA_DAYS = 1_825;
const CA_RENEW_BEFORE_DAYS = 180;
const SERVER_DAYS = 90;
const SERVER_RENEW_BEFORE_DAYS = 30;
const CLOCK_SLACK_MS = 300_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOST_NAMES = ['localhost'] as const;
const ADDRESSES = ['127.0.0.1'] as const;

interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

/**
 * The authority in `directory` and a certificate `<name>.crt` with `<name>.key` for each of `names`; what is missing,
 * near its end or signed by another authority is made anew. `nowMs` is wall time.
 */
export async function ensureDevCertificates(options: {
  directory: string;
  names: readonly string[];
  nowMs: number;
}): Promise<DevCertificates> {
  const { directory, names, nowMs } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const caFile = join(directory, 'ca.crt');
  const authority = await ensureAuthority(caFile, join(directory, 'ca.key'), nowMs);
  const servers = new Map<string, CertificateFiles>();
  for (const name of names) servers.set(name, await ensureServer(directory, name, authority, nowMs));
  return { caFile, ca: authority.certificate.toString('pem'), servers };
}

async function ensureAuthority(certificateFile: string, keyFile: string, nowMs: number): Promise<Authority> {
  const found = await readCertificate(certificateFile);
  const keyText = await readFile(keyFile, 'utf8').catch(() => undefined);
  const usable =
    found !== undefined &&
    keyText !== undefined &&
    belongTogether(found, keyText) &&
    lasts(found, nowMs, CA_RENEW_BEFORE_DAYS);
  if (usable) {
    const privateKey = await webcrypto.subtle.importKey(
      'pkcs8',
      PemConverter.decodeFirst(keyText),
      ALGORITHM,
      false,
      ['sign'],
    );
    return { certificate: found, keys: { privateKey, publicKey: await found.publicKey.export() } };
  }
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=Gatehouse development CA ${randomBytes(4).toString('hex')}`,
    notBefore: new Date(nowMs - CLOCK_SLACK_MS),
    notAfter: new Date(nowMs + CA_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writePrivate(keyFile, await privatePem(keys.privateKey));
  await writePrivate(certificateFile, certificate.toString('pem'));
  return { certificate, keys };
}

async function ensureServer(
  directory: string,
  name: string,
  authority: Authority,
  nowMs: number,
): Promise<CertificateFiles> {
  const certificateFile = join(directory, `${name}.crt`);
  const keyFile = join(directory, `${name}.key`);
  const found = await readCertificate(certificateFile);
  const key = await readFile(keyFile, 'utf8').catch(() => undefined);
  const usable =
    found !== undefined &&
    lasts(found, nowMs, SERVER_RENEW_BEFORE_DAYS) &&
    key !== undefined &&
    belongTogether(found, key) &&
    (await found.verify({ publicKey: authority.keys.publicKey, date: new Date(nowMs) }));
  if (usable) return { certificate: found.toString('pem'), key, certificateFile, keyFile };

  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${HOST_NAMES[0]}`,
    issuer: authority.certificate.subject,
    notBefore: new Date(nowMs - CLOCK_SLACK_MS),
    notAfter: new Date(nowMs + SERVER_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...HOST_NAMES.map((value) => ({ type: 'dns' as const, value })),
        ...ADDRESSES.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  const keyPem = await privatePem(keys.privateKey);
  await writePrivate(keyFile, keyPem);
  await writePrivate(certificateFile, certificate.toString('pem'));
  return { certificate: certificate.toString('pem'), key: keyPem, certificateFile, keyFile };
}

const lasts = (certificate: X509Certificate, nowMs: number, days: number): boolean =>
  certificate.notBefore.getTime() <= nowMs && certificate.notAfter.getTime() > nowMs + days * DAY_MS;

/** A crash between the two writes leaves a key and a certificate that do not. */
function belongTogether(certificate: X509Certificate, key: string): boolean {
  try {
    return new NodeCertificate(certificate.toString('pem')).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** RFC 5280 section 4.1.2.2: positive and unique; the first bit of sixteen random bytes is cleared. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x01;
  return bytes.toString('hex');
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function readCertificate(file: string): Promise<X509Certificate | undefined> {
  try {
    return new X509Certificate(await readFile(file, 'utf8'));
  } catch {
    // Missing or not a certificate: both mean that one is made.
    return undefined;
  }
}

/** Written beside and renamed, so that a reader never sees half a file. */
async function writePrivate(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, `${text.trimEnd()}\n`, { mode: 0o600, flag: 'wx' });
  await rename(temporary, file);
}
