/**
 * What the console hands to browsers and terminals and takes back: encrypted and authenticated (AES-256-GCM, NIST SP
 * 800-38D) with a key of its own, derived (HKDF, RFC 5869) from the one of approvals. A value of one purpose is nothing
 * for another.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { revealSecret, type Secret } from '../domain/secret.ts';

/** `terminal-code` lives a minute, `login-attempt` ten, the sessions as long as configured. */
export type SealedPurpose = 'browser-session' | 'terminal-session' | 'login-attempt' | 'terminal-code';

export interface SealedValues {
  seal(purpose: SealedPurpose, value: unknown): string;
  /** Undefined where it is not one of ours, or of another purpose. Times in it are the caller's to look at. */
  open<T>(purpose: SealedPurpose, text: string): T | undefined;
  /** The same for the same id, and nobody else's to know. */
  csrfToken(sessionId: string): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const TEXT_CHARACTERS_MAX = 16_384;
const VALUE_BYTES_MAX = 262_144;

export function createSealedValues(key: Secret<Uint8Array>): SealedValues {
  const derived = (use: string): Buffer =>
    Buffer.from(hkdfSync('sha256', revealSecret(key), '', `gatehouse console ${use} 1`, 32));
  const cipherKey = derived('values');
  const csrfKey = derived('csrf');
  return {
    seal(purpose, value) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', cipherKey, iv).setAAD(Buffer.from(purpose));
      const packed = deflateRawSync(Buffer.from(JSON.stringify(value)));
      const text = Buffer.concat([iv, cipher.update(packed), cipher.final(), cipher.getAuthTag()]);
      return text.toString('base64url');
    },
    open<T>(purpose: SealedPurpose, text: string): T | undefined {
      if (text.length > TEXT_CHARACTERS_MAX) return undefined;
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', cipherKey, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(Buffer.from(purpose))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        const packed = Buffer.concat([
          decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)),
          decipher.final(),
        ]);
        const value = inflateRawSync(packed, { maxOutputLength: VALUE_BYTES_MAX });
        return JSON.parse(value.toString('utf8')) as T;
      } catch {
        return undefined;
      }
    },
    csrfToken: (sessionId) => createHmac('sha256', csrfKey).update(sessionId).digest('base64url'),
  };
}
