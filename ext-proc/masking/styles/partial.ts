/**
 * What `partial` shows of a value, by kind: at most a third of what is secret in it, and nothing that serves as a
 * secret by itself. So of a social security number two digits, not the four that banks ask for. A value that has not
 * the form of its kind shows nothing.
 */
import { isDigit } from '../text-edges.ts';
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

function lastDigits(
  value: ByteString,
  digitsMin: number,
  shown: number,
  stars: string,
): ByteString | undefined {
  if (!/^[0-9 +().,/_\xa0\xc2-]+$/.test(value)) return undefined;
  let digits = 0;
  /** From here on the shown digits stand, with separators among them perhaps. */
  let from = value.length;
  for (let at = value.length - 1; at >= 0; at--) {
    if (!isDigit(value.charCodeAt(at))) continue;
    if (++digits <= shown) from = at;
  }
  if (digits < digitsMin) return undefined;
  const last = value.slice(from);
  return stars + (/^[0-9]*$/.test(last) ? last : last.replace(/[^0-9]/g, ''));
}

function iban(value: ByteString): ByteString | undefined {
  const compact = value.replace(/[ ._-]/g, '');
  return /^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}$/.test(compact)
    ? `${compact.slice(0, 2)}**${compact.slice(-4)}`
    : undefined;
}

/** The first letter, where the local part has more than four, and the domain. */
function email(value: ByteString): ByteString | undefined {
  const at = value.lastIndexOf('@');
  const domain = value.slice(at + 1);
  if (at < 1 || !/^[A-Za-z0-9.\x80-\xff-]{3,255}$/.test(domain)) return undefined;
  const first = at >= NAME_BYTES_MIN && /^[A-Za-z]/.test(value) ? value[0] : '';
  return `${first}***@${domain}`;
}

/** Of a value of no known kind its first letter. */
const name = (value: ByteString): ByteString | undefined =>
  value.length >= NAME_BYTES_MIN && /^[A-Za-z]/.test(value) ? `${value[0]}***` : undefined;
