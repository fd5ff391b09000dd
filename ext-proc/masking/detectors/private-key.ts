/**
 * Private keys: PEM of all kinds (RFC 7468, with RFC 1421 headers), OpenSSH, PGP (RFC 9580), SSH2, PuTTY, age, JSON Web
 * Keys (RFC 7517/7518), XML of .NET, and the DER of PKCS#1, PKCS#8 and SEC 1 keys in base64 without any armour. A block
 * is found with its end or, where that is missing, as far as its body goes, up to a limit. Public keys and certificates
 * are none.
 */
import type { ByteString } from '../byte-string.ts';
import type { Detector } from '../detector.ts';

const KIND = 'private_key';

/** A block without its end is masked up to here. An RSA key of 16,384 bits is 12,700 bytes of PEM. */
export const BLOCK_BYTES_MAX = 32_768;

const PEM_LABEL = /-{4,5} ?BEGIN ([A-Z0-9 ]{0,60})PRIVATE KEY( BLOCK)? ?-{4,5}/y;

/**
 * What a body may hold: base64, armour headers, white space, line ends as they are or escaped (`\n`, `\\n`), quotes and
 * signs that join the lines of a key in source code.
 */
const BODY = /[A-Za-z0-9+/=\s\\"',:;.()_*-]/;

const pem: Detector = {
  kind: KIND,
  anchors: ['-BEGIN ', '- BEGIN '],
  ignoreCase: false,
  could: (text, at) => pemLabel(text, at) !== undefined,
  judge: (text, at, report) => {
    const label = pemLabel(text, at);
    if (label === undefined) return at;
    const end = blockEnd(text, label.end);
    // A text that speaks of the armour has none of a key between.
    if (!/[A-Za-z0-9+/=]{16}/.test(text.slice(label.end, end))) return at;
    report(KIND, label.rule, label.start, end);
    return end;
  },
};

function pemLabel(text: ByteString, at: number): { start: number; end: number; rule: string } | undefined {
  let start = at;
  while (start > 0 && start > at - 4 && text[start - 1] === '-') start--;
  // Five dashes are the form; of more, such as a ruler, the last ones count.
  PEM_LABEL.lastIndex = start;
  const match = PEM_LABEL.exec(text);
  if (match === null) return undefined;
  const [whole, label = '', block] = match;
  const rule = block !== undefined ? 'pgp' : label.trim().toLowerCase().replaceAll(' ', '_') || 'pkcs8';
  return { start, end: start + whole.length, rule };
}

const END_LINE = /-{4,5} ?END [A-Z0-9 ]{0,60}PRIVATE KEY(?: BLOCK)? ?-{4,5}/y;

/** Where a block ends: behind its END line, or with its body where another line of dashes, or nothing, follows. */
function blockEnd(text: ByteString, from: number): number {
  // Whoever asks next begins at or behind these dashes, so that all searches together read the text once.
  const dashes = text.indexOf('----', from);
  const limit = Math.min(dashes < 0 ? text.length : dashes, from + BLOCK_BYTES_MAX);
  if (limit === dashes) {
    END_LINE.lastIndex = dashes;
    if (END_LINE.test(text)) return END_LINE.lastIndex;
  }
  let end = from;
  while (end < limit && BODY.test(text[end] as string)) end++;
  return from + bodyLength(text.slice(from, end));
}

/** The length of a cut body: to the last line of base64, and a short one right behind it. What follows is other text. */
function bodyLength(body: ByteString): number {
  let length = 0;
  for (const { index, 0: run } of body.matchAll(/[A-Za-z0-9+/=]{16,}/g)) length = index + run.length;
  const rest = body.slice(length, length + 80);
  const last = /^(?:\\r)?(?:\\n|[\r\n])+[A-Za-z0-9+/]{1,63}={0,2}(?=$|[\s"'\\])/.exec(rest);
  return length + (last?.[0].length ?? 0);
}

const PUTTY_END = /Private-MAC: ?[0-9a-f]{40,64}|Private-Hash: ?[0-9a-f]{40,64}/;

const PUTTY_BEGIN = /PuTTY-User-Key-File-[1-9]: ?[a-z]/y;

const putty: Detector = {
  kind: KIND,
  anchors: ['PuTTY-User-Key-File-'],
  ignoreCase: false,
  judge: (text, at, report) => {
    PUTTY_BEGIN.lastIndex = at;
    if (!PUTTY_BEGIN.test(text)) return at;
    const near = text.slice(at, at + BLOCK_BYTES_MAX);
    const match = PUTTY_END.exec(near);
    const end = match === null ? at + near.length : at + match.index + match[0].length;
    if (near.includes('Private-Lines:')) report(KIND, 'putty', at, end);
    return end;
  },
};

const AGE = /AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,2000}/y;

const age: Detector = {
  kind: KIND,
  anchors: ['AGE-SECRET-KEY-'],
  ignoreCase: false,
  judge: (text, at, report) => {
    AGE.lastIndex = at;
    if (!AGE.test(text)) return at;
    report(KIND, 'age', at, AGE.lastIndex);
    return AGE.lastIndex;
  },
};

const JWK_BYTES_MAX = 8_192;
const JWK_PRIVATE = /"(?:d|p|q|dp|dq|qi|k)\\?"\s{0,4}:\s{0,4}\\?"([A-Za-z0-9_-]{20,2000})/g;

/** A JSON Web Key is found by its type; each private member near it is masked, on either side. */
const jwk: Detector = {
  kind: KIND,
  anchors: ['"kty'],
  ignoreCase: false,
  judge: (text, at, report) => {
    const from = Math.max(0, at - JWK_BYTES_MAX);
    const end = Math.min(text.length, at + JWK_BYTES_MAX);
    for (const match of text.slice(from, end).matchAll(JWK_PRIVATE)) {
      const start = from + match.index + match[0].length - (match[1] as string).length;
      report(KIND, 'jwk', start, start + (match[1] as string).length);
    }
    // The stretch that was read counts once: further keys in it were seen.
    return end;
  },
};

const XML_PRIVATE = /<(?:D|P|Q|DP|DQ|InverseQ)>[A-Za-z0-9+/=\s]{20,4000}<\/(?:D|P|Q|DP|DQ|InverseQ)>/g;

const xml: Detector = {
  kind: KIND,
  anchors: ['<RSAKeyValue', '<DSAKeyValue'],
  ignoreCase: false,
  judge: (text, at, report) => {
    const end = Math.min(text.length, at + JWK_BYTES_MAX);
    for (const match of text.slice(at, end).matchAll(XML_PRIVATE)) {
      report(KIND, 'xml', at + match.index, at + match.index + match[0].length);
    }
    return end;
  },
};

/**
 * How DER private keys begin in base64. `MII` is a SEQUENCE with a length of two bytes; a version 0 follows in PKCS#1
 * and PKCS#8, where a certificate or a public key has another SEQUENCE. Short ones are EC keys.
 */
const DER =
  /(?:MII[A-P][A-Za-z0-9+/][AQgw]IBA[AD]|MHcCAQEE|MHQCAQEE|MIGHAgEAM|MIGkAgEB|MIHcAgEB|MC4CAQAwBQYDK2V|MFECAQEwBQYDK2V|b3BlbnNzaC1rZXktdjE)[A-Za-z0-9+/=\s\\]{24,}/y;

const derDetector: Detector = {
  kind: KIND,
  anchors: [
    'IBAA',
    'IBAD',
    'MHcCAQEE',
    'MHQCAQEE',
    'MIGHAgEAM',
    'MIGkAgEB',
    'MIHcAgEB',
    'MC4CAQAwBQYDK2V',
    'MFECAQEwBQYDK2V',
    'b3BlbnNzaC1rZXktdjE',
  ],
  ignoreCase: false,
  could: (text, at) => derEnd(text, derStart(text, at)) >= 0,
  judge: (text, at, report) => {
    const start = derStart(text, at);
    const end = derEnd(text, start);
    if (end < 0) return at;
    report(KIND, 'der', start, end);
    return end;
  },
};

/** `IBA…` stands six bytes into the key. */
const derStart = (text: ByteString, at: number): number => (text.startsWith('IBA', at) ? at - 6 : at);

function derEnd(text: ByteString, start: number): number {
  if (start < 0) return -1;
  DER.lastIndex = start;
  return DER.test(text) ? DER.lastIndex : -1;
}

export const PRIVATE_KEY_DETECTORS: readonly Detector[] = [pem, putty, age, jwk, xml, derDetector];
