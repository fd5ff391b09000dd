/**
 * The TLS certificate that clients see, read again when its file changes: renewing it needs no restart. A new one that
 * cannot be used is refused with a log, and the old one stays.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Log } from '../domain/log.ts';
import { stampOf } from './watched-files.ts';

const LOOK_AGAIN_MS = 5_000;

interface CertificateFiles {
  readonly certificate: { readonly file: string };
  readonly key: { readonly file: string };
}

/** Throws at once where the first certificate cannot be used. */
export function createReloadedSecureContext(files: CertificateFiles, log: Log): () => SecureContext {
  const read = (): SecureContext =>
    createSecureContext({
      cert: readFileSync(files.certificate.file),
      key: readFileSync(files.key.file),
      minVersion: 'TLSv1.2',
    });
  const stamp = (): string => stampOf([files.certificate.file, files.key.file]);
  let seen = stamp();
  let context = read();
  let lookedAtMs = performance.now();
  return () => {
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < LOOK_AGAIN_MS) return context;
    lookedAtMs = nowMs;
    const current = stamp();
    if (current === seen) return context;
    seen = current;
    try {
      context = read();
      log.info({ certificate: files.certificate.file }, 'listener certificate renewed');
    } catch (error) {
      log.error(
        { err: error, certificate: files.certificate.file },
        'new listener certificate refused; the old one stays',
      );
    }
    return context;
  };
}
