/**
 * PostgreSQL's md5 answer: `md5` and the hex MD5 of (hex MD5 of password and user) and the server's salt.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Start-up", AuthenticationMD5Password.
 * Kept for servers that ask for it still; PostgreSQL 18 calls the method deprecated.
 */
import { createHash } from 'node:crypto';

/** @throws where the crypto library has no MD5 (FIPS mode). */
export function md5Answer(user: string, password: string, salt: Uint8Array): string {
  const inner = createHash('md5')
    .update(password + user, 'utf8')
    .digest('hex');
  return 'md5' + createHash('md5').update(inner, 'latin1').update(salt).digest('hex');
}
