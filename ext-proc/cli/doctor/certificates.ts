/**
 * The certificates that the gate shows: readable, with their key, in date, with their chain in order.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { FileReference, GatehouseConfig } from '../../config/config.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, warning } from './check.ts';

const DAY_MS = 86_400_000;
const RENEW_BEFORE_MS = 14 * DAY_MS;
const ID = 'tls.certificate';

interface Pair {
  readonly subject: string;
  readonly certificate: FileReference;
  readonly key: FileReference;
}

export async function certificates(config: GatehouseConfig, nowMs: number): Promise<readonly Check[]> {
  const { remote } = config.service;
  const listeners = [...config.listeners, ...config.httpListeners];
  const pairs: Pair[] = [
    ...listeners.flatMap(({ name, tls }) =>
      tls === undefined ? [] : [{ subject: `listener ${name}`, ...tls }],
    ),
    ...(remote === undefined
      ? []
      : [{ subject: 'service', certificate: remote.certificate, key: remote.key }]),
  ];
  const plain = listeners
    .filter(({ plaintextAllowed }) => plaintextAllowed)
    .map(({ name }) =>
      warning(
        'tls.plaintext',
        `listener ${name}`,
        'takes tokens without TLS',
        'for development only; remove plaintext otherwise',
      ),
    );
  const authorities =
    remote === undefined ? [] : [await authority('service, clients', remote.clientCa, nowMs)];
  const upstreamCas = await Promise.all(
    [...config.upstreams, ...config.httpUpstreams].flatMap(({ name, tls }) =>
      tls?.ca === undefined ? [] : [authority(`upstream ${name}`, tls.ca, nowMs)],
    ),
  );
  return [
    ...(await Promise.all(pairs.map((pair) => inspect(pair, nowMs)))).flat(),
    ...plain,
    ...authorities,
    ...upstreamCas,
  ];
}

async function inspect({ subject, certificate, key }: Pair, nowMs: number): Promise<readonly Check[]> {
  let chain: readonly X509Certificate[];
  try {
    chain = readChain(await readFile(certificate.file, 'utf8'));
  } catch (error) {
    return [
      failure(
        ID,
        subject,
        `${certificate.file} cannot be used: ${reasonOf(error)}`,
        'give a PEM file with the certificate first, then its chain',
      ),
    ];
  }
  const [leaf] = chain as [X509Certificate];
  const checks: Check[] = [];
  try {
    if (!leaf.checkPrivateKey(createPrivateKey(await readFile(key.file)))) {
      checks.push(
        failure(
          ID,
          subject,
          `${key.file} is not the key of ${certificate.file}`,
          'install certificate and key of one pair',
        ),
      );
    }
    if (((await stat(key.file)).mode & 0o077) !== 0) {
      checks.push(warning(ID, subject, `other accounts may read ${key.file}`, `run: chmod 600 ${key.file}`));
    }
  } catch (error) {
    checks.push(
      failure(
        ID,
        subject,
        `${key.file} cannot be used: ${reasonOf(error)}`,
        'give the private key as unencrypted PEM, readable for the service',
      ),
    );
  }
  for (const [index, each] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer !== undefined && !each.verify(issuer.publicKey)) {
      checks.push(
        failure(
          ID,
          subject,
          `the chain of ${certificate.file} is out of order at certificate ${index + 2}`,
          'put each issuer after what it signed',
        ),
      );
    }
    checks.push(...dates(subject, each, nowMs));
  }
  if (leaf.subjectAltName === undefined) {
    checks.push(
      failure(
        ID,
        subject,
        'its certificate names no host (subjectAltName): clients with verify-full refuse it',
        'issue it with the name that clients connect to',
      ),
    );
  }
  return checks.length > 0
    ? checks
    : [ok(ID, subject, `good until ${day(leaf)} for ${String(leaf.subjectAltName)}`)];
}

async function authority(subject: string, reference: FileReference, nowMs: number): Promise<Check> {
  const id = 'tls.authority';
  try {
    const found = readChain(await readFile(reference.file, 'utf8'));
    const wrong = found.flatMap((each) => dates(subject, each, nowMs)).at(0);
    return wrong === undefined
      ? ok(id, subject, `${found.length} CA certificate${found.length === 1 ? '' : 's'} in ${reference.file}`)
      : { ...wrong, id };
  } catch (error) {
    return failure(
      id,
      subject,
      `${reference.file} cannot be used: ${reasonOf(error)}`,
      'give a PEM file with the CA certificates',
    );
  }
}

function readChain(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('there is no certificate in it');
  return blocks.map((block) => new X509Certificate(block));
}

const day = (certificate: X509Certificate): string => certificate.validToDate.toISOString().slice(0, 10);

/** What is wrong with a certificate's dates. */
export function dates(subject: string, certificate: X509Certificate, nowMs: number): readonly Check[] {
  const next = 'renew it; a new file is taken without a restart';
  if (certificate.validFromDate.getTime() > nowMs)
    return [
      failure(ID, subject, `a certificate is good only from ${certificate.validFrom}`, 'compare the clocks'),
    ];
  const leftMs = certificate.validToDate.getTime() - nowMs;
  if (leftMs <= 0) return [failure(ID, subject, `a certificate ran out on ${day(certificate)}`, next)];
  if (leftMs < RENEW_BEFORE_MS)
    return [warning(ID, subject, `a certificate runs out on ${day(certificate)}`, next)];
  return [];
}
