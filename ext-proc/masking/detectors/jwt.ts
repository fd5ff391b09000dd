/**
 * JSON Web Tokens (RFC 7519) in compact form: signed (JWS, RFC 7515), encrypted (JWE, RFC 7516) and unsecured. A token
 * is one when its header decodes to JSON with `alg`; the claims are masked with it, and so is one whose signature was
 * cut off.
 */
import type { ByteString } from '../byte-string.ts';
import type { Detector } from '../detector.ts';
import { startsWord } from '../text-edges.ts';

const HEADER_BYTES_MAX = 4_096;
const TOKEN_BYTES_MAX = 65_536;

const isTokenByte = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  code === 0x2d ||
  code === 0x5f;

const DOT = 0x2e;

function partEnd(text: ByteString, from: number, max: number): number {
  const limit = Math.min(text.length, from + max);
  let at = from;
  while (at < limit && isTokenByte(text.charCodeAt(at))) at++;
  return at;
}

/** Where the header ends, when it is one. */
function headerEnd(text: ByteString, at: number): number {
  const end = partEnd(text, at, HEADER_BYTES_MAX);
  if (end - at < 14 || text.charCodeAt(end) !== DOT) return -1;
  const header = Buffer.from(text.slice(at, end), 'base64url').toString('latin1');
  return header.endsWith('}') && header.includes('"alg"') ? end : -1;
}

export const JWT_DETECTOR: Detector = {
  kind: 'jwt',
  // How `{"` begins in base64url, and `{ "`, `{\n` as some libraries write it.
  anchors: ['eyJ', 'eyA', 'ewo', 'ewog'],
  ignoreCase: false,
  could: (text, at) => headerEnd(text, at) >= 0,
  judge: (text, at, report) => {
    if (!startsWord(text, at)) return at;
    let end = headerEnd(text, at);
    // The header of something else: `eyJ` inside the same run begins no other token.
    if (end < 0) return at;
    for (let part = 1; part < 5 && text.charCodeAt(end) === DOT && end - at < TOKEN_BYTES_MAX; part++) {
      end = partEnd(text, end + 1, TOKEN_BYTES_MAX);
    }
    report('jwt', 'jwt', at, end);
    return end;
  },
};
