/**
 * E-mail addresses (RFC 5321, with UTF-8 of RFC 6531), as they are written in practice: dot-atom local parts and domain
 * names. Quoted local parts and address literals are not found. What looks like an address and is none, such as
 * `git@host:path`, `icon@2x.png` and `package@1.2.3`, is left alone.
 */
import type { ByteString } from '../byte-string.ts';
import type { Detector } from '../detector.ts';
import { isAlphanumeric, isDigit, isEscapeLetter, isHex, isLetter } from '../text-edges.ts';

const LOCAL_BYTES_MAX = 256;
const DOMAIN_BYTES_MAX = 255;
const TOP_LABEL_MIN = 2;
const TOP_LABEL_MAX = 24;

/** Last labels that are names of files and units, not of domains. */
const NO_DOMAINS = new Set(
  (
    'png jpg jpeg gif svg webp ico bmp avif js jsx ts tsx mjs cjs css scss less map json yaml yml xml html htm txt ' +
    'csv log lock toml ini cfg conf bak tmp tar gz tgz bz2 xz exe dll jar war class deb rpm whl py pyc rb go ' +
    'service socket target timer mount device slice scope path swap min'
  ).split(' '),
);

const LOCAL = new Uint8Array(256);
for (let code = 0; code < 256; code++) {
  if (isAlphanumeric(code) || code >= 0x80 || "._%+-'&/=!#$?^`{|}~".includes(String.fromCharCode(code))) {
    LOCAL[code] = 1;
  }
}
/** Signs that RFC 5321 allows and that are more likely to end what stands before: taken only inside. */
const EDGES = new Set([..."'&/=!#$?^`{|}~.%-+"].map((sign) => sign.charCodeAt(0)));

const DASH = 0x2d;
const DOT = 0x2e;

const isDomainByte = (code: number): boolean => isAlphanumeric(code) || code === DASH || code >= 0x80;

function localStart(text: ByteString, at: number): number {
  const limit = Math.max(0, at - LOCAL_BYTES_MAX);
  let start = at;
  while (start > limit && LOCAL[text.charCodeAt(start - 1) & 0xff] === 1) {
    // `mailto=a@b`, `?to=a@b`, `a/b@c`: what stands before such a sign is not the address.
    const code = text.charCodeAt(start - 1);
    if (code === 0x3d || code === 0x2f || code === 0x3f || code === 0x26 || code === 0x7c) break;
    start--;
  }
  // The letter of an escape is not the address's: `\nalice@…`, `%3Calice@…`.
  if (start < at && isLetter(text.charCodeAt(start)) && isEscapeLetter(text, start)) {
    start += text.charCodeAt(start) === 0x75 ? 5 : 1;
  }
  while (start + 2 < at && text.charCodeAt(start) === 0x25) {
    if (!isHex(text.charCodeAt(start + 1)) || !isHex(text.charCodeAt(start + 2))) break;
    start += 3;
  }
  while (start < at && EDGES.has(text.charCodeAt(start))) start++;
  return start;
}

/** Where the domain ends: behind the last label that may be a top-level one; `at` when there is none. */
function domainEnd(text: ByteString, at: number): number {
  const limit = Math.min(text.length, at + DOMAIN_BYTES_MAX);
  let end = at;
  let labels = 0;
  for (let label = at; label < limit;) {
    let next = label;
    while (next < limit && isDomainByte(text.charCodeAt(next))) next++;
    // A label neither begins nor ends with a dash: at the end that is a sign after the address.
    let labelEnd = next;
    while (labelEnd > label && text.charCodeAt(labelEnd - 1) === DASH) labelEnd--;
    if (labelEnd === label || text.charCodeAt(label) === DASH) break;
    labels++;
    if (labels > 1 && isTopLabel(text, label, labelEnd)) end = labelEnd;
    if (labelEnd !== next || text.charCodeAt(next) !== DOT) break;
    label = next + 1;
  }
  return end;
}

function isTopLabel(text: ByteString, start: number, end: number): boolean {
  const length = end - start;
  if (length < TOP_LABEL_MIN) return false;
  if (text.startsWith('xn--', start)) return true;
  if (length > TOP_LABEL_MAX) return false;
  let letters = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) return false;
    if (isLetter(code) || code >= 0x80) letters++;
  }
  return letters === length && !NO_DOMAINS.has(text.slice(start, end).toLowerCase());
}

export const EMAIL_DETECTOR: Detector = {
  kind: 'email',
  anchors: ['@'],
  ignoreCase: false,
  could: (text, at) => LOCAL[text.charCodeAt(at - 1) & 0xff] === 1 && isDomainByte(text.charCodeAt(at + 1)),
  judge: (text, at, report) => {
    const start = localStart(text, at);
    if (start === at) return at + 1;
    const end = domainEnd(text, at + 1);
    if (end === at + 1) return at + 1;
    // `git@host:org/repository` names a repository.
    if (/[:/]/.test(text[end] ?? '') && text.slice(start, at) === 'git') return end;
    report('email', 'email', start, end);
    return end;
  },
};
