/**
 * What `partial` shows of a value, by kind: at most a third of what is secret in it, and nothing that serves as a
 * secret by itself. So of a social security number two digits, not the four that banks ask for. A value that has not
 * the form of its kind shows nothing.
 */
import { isAlphanumeric, isDigit, isLetter } from '../text-edges.ts';
import type { ByteString } from '../byte-string.ts';
import type { Kind } from '../finding.ts';

/** Shown beginnings and ends are of tokens at least this long. */
const TOKEN_BYTES_MIN = 20;
const NAME_BYTES_MIN = 5;

/** The value with its secret part replaced by stars; undefined where `full` must stand in. */
export function partialOf(kind: Kind, value: ByteString): ByteString | undefined {
  switch (kind) {
    case 'payment_card':
      return lastDigits(value, 13, 4, '****');
    case 'us_ssn':
      return lastDigits(value, 9, 2, '***-**-**');
    case 'phone':
      return lastDigits(value, 9, 2, '*****');
    case 'iban':
      return iban(value);
    case 'email':
      return email(value);
    case 'git_token':
    case 'api_key':
    case 'chat_token':
    case 'cloud_token':
      return /^[A-Za-z0-9_.:/+=~%-]+$/.test(value) && value.length >= TOKEN_BYTES_MIN
        ? `${value.slice(0, 4)}****`
        : undefined;
    case 'private_key':
    case 'jwt':
    case 'credential':
      return undefined;
    default:
      return name(value);
  }
}

/** Signs that may stand in a number, the two bytes of U+00A0 among them. */
const IN_NUMBER = new Uint8Array(256);
for (const sign of '0123456789 +().,/_-\xa0\xc2') IN_NUMBER[sign.charCodeAt(0)] = 1;

function lastDigits(
  value: ByteString,
  digitsMin: number,
  shown: number,
  stars: string,
): ByteString | undefined {
  let digits = 0;
  /** From here on the shown digits stand, with separators among them perhaps. */
  let from = value.length;
  for (let at = value.length - 1; at >= 0; at--) {
    const code = value.charCodeAt(at);
    if (IN_NUMBER[code] !== 1) return undefined;
    if (isDigit(code) && ++digits <= shown) from = at;
  }
  if (digits < digitsMin) return undefined;
  const last = value.slice(from);
  return stars + (last.length === shown ? last : last.replace(/[^0-9]/g, ''));
}

function iban(value: ByteString): ByteString | undefined {
  const compact = value.replace(/[ ._-]/g, '');
  return /^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}$/.test(compact)
    ? `${compact.slice(0, 2)}**${compact.slice(-4)}`
    : undefined;
}

const DOMAIN_BYTES_MIN = 3;
const DOMAIN_BYTES_MAX = 255;

/** The first letter, where the local part has more than four, and the domain. */
function email(value: ByteString): ByteString | undefined {
  const { length } = value;
  let at = length - 1;
  while (at >= 0 && isInDomain(value.charCodeAt(at))) at--;
  const bytes = length - at - 1;
  if (at < 1 || value.charCodeAt(at) !== AT || bytes < DOMAIN_BYTES_MIN || bytes > DOMAIN_BYTES_MAX)
    return undefined;
  const first = at >= NAME_BYTES_MIN && isLetter(value.charCodeAt(0)) ? value[0] : '';
  return `${first}***${value.slice(at)}`;
}

const AT = 0x40;
const isInDomain = (code: number): boolean =>
  isAlphanumeric(code) || code === 0x2e || code === 0x2d || code >= 0x80;

/** Of a value of no known kind its first letter. */
const name = (value: ByteString): ByteString | undefined =>
  value.length >= NAME_BYTES_MIN && /^[A-Za-z]/.test(value) ? `${value[0]}***` : undefined;
