/**
 * Whether bytes disclose a known value: as it is, or in a form that whoever knows nothing but the answer can turn
 * back, or that confirms a guess. Owns the forms; what is looked for is `Subject.secrets`.
 *
 * Found are, of each value: any eight of its letters and digits in a row, whatever case they are in and whatever
 * stands between them; the same backwards; base64 at its three alignments; hex; decimal codes of its characters;
 * percent, JSON, XML and octal escapes of these; the number it is, as PostgreSQL sends numbers in binary, in hex,
 * octal and bits; and digests of it. Eight, because a card shown as `4242 42** **** 1234` is masked.
 *
 * Not found: ciphers, compression, and whatever an entry does not `decode` itself.
 */
import { createHash } from 'node:crypto';

import type { Received } from './received.ts';

const PLAIN_WINDOW = 8;
/** Nine bytes of the value. */
const BASE64_WINDOW = 12;
const DIGESTS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
/** PostgreSQL's numeric in binary: words of four decimal digits. */
const NUMERIC_WORD_DIGITS = 4;

/** The letters and digits, in lower case. */
const skeleton = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
const base64Skeleton = (text: string): string =>
  text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replaceAll(/[^A-Za-z0-9+/]+/g, '');
const reversed = (text: string): string => [...text].toReversed().join('');

export class Disclosure {
  /** Pieces of skeletons, by their length. */
  readonly #pieces = new Map<number, Map<string, string>>();
  readonly #base64 = new Map<string, string>();
  /** Bytes as latin1, as they are. */
  readonly #exact = new Map<string, string>();

  constructor(values: readonly string[]) {
    for (const value of new Set(values)) if (value !== '') this.#learn(value);
  }

  /** The name of the form that was found first, or undefined. */
  find(received: Received): string | undefined {
    for (const [place, bytes] of views(received)) {
      const form = this.findIn(bytes);
      if (form !== undefined) return place === '' ? form : `${form}, ${place}`;
    }
    return undefined;
  }

  /** The same for one text of bytes (latin1). */
  findIn(bytes: string): string | undefined {
    for (const [needle, form] of this.#exact) if (bytes.includes(needle)) return form;
    const spelled = unescaped(bytes);
    for (const text of spelled === bytes ? [bytes] : [bytes, spelled]) {
      const plain = skeleton(text);
      for (const [length, pieces] of this.#pieces) {
        const form = windowOf(plain, length, pieces);
        if (form !== undefined) return form;
      }
      const form = windowOf(base64Skeleton(text), BASE64_WINDOW, this.#base64);
      if (form !== undefined) return form;
    }
    return undefined;
  }

  #learn(value: string): void {
    const plain = skeleton(value);
    this.#windows(plain, PLAIN_WINDOW, 'plain');
    this.#windows(reversed(plain), PLAIN_WINDOW, 'reversed');
    const hex = Buffer.from(value).toString('hex');
    this.#windows(hex, PLAIN_WINDOW * 2, 'hex');
    const codes = [...Buffer.from(value)].join('');
    this.#windows(codes, PLAIN_WINDOW * 2, 'character codes');
    for (const digest of DIGESTS) {
      const made = createHash(digest).update(value).digest();
      this.#piece(made.toString('hex'), digest);
      this.#exact.set(made.toString('latin1'), digest);
    }
    for (const offset of [0, 1, 2]) this.#windowsOfBase64(value, offset);
    if (/^[1-9]\d{7,17}$/.test(value)) this.#learnNumber(value);
  }

  #learnNumber(digits: string): void {
    const number = BigInt(digits);
    const integer = Buffer.alloc(8);
    integer.writeBigInt64BE(number);
    const float = Buffer.alloc(8);
    float.writeDoubleBE(Number(digits));
    const padded = digits.padStart(Math.ceil(digits.length / NUMERIC_WORD_DIGITS) * NUMERIC_WORD_DIGITS, '0');
    const words = Buffer.alloc((padded.length / NUMERIC_WORD_DIGITS) * 2);
    for (let word = 0; word * 2 < words.length; word++)
      words.writeUInt16BE(
        Number(padded.slice(word * NUMERIC_WORD_DIGITS, (word + 1) * NUMERIC_WORD_DIGITS)),
        word * 2,
      );
    this.#exact.set(integer.toString('latin1'), 'binary integer');
    this.#exact.set(float.toString('latin1'), 'binary float');
    this.#exact.set(words.toString('latin1'), 'binary numeric');
    this.#piece(number.toString(16), 'number in hex');
    this.#piece(number.toString(8), 'number in octal');
    this.#piece(number.toString(2), 'number in bits');
  }

  #windows(text: string, length: number, form: string): void {
    if (text.length <= length) this.#piece(text, form);
    else for (let at = 0; at + length <= text.length; at++) this.#piece(text.slice(at, at + length), form);
  }

  #piece(text: string, form: string): void {
    const pieces = this.#pieces.get(text.length) ?? new Map<string, string>();
    if (!pieces.has(text)) pieces.set(text, form);
    this.#pieces.set(text.length, pieces);
  }

  /** Only characters of base64 that depend on the value alone, not on what stands before and after it. */
  #windowsOfBase64(value: string, offset: number): void {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
      .toString('base64')
      .replaceAll('=', '');
    const bits = (offset + Buffer.byteLength(value)) * 8;
    const whole = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
    for (let at = 0; at + BASE64_WINDOW <= whole.length; at++)
      this.#base64.set(whole.slice(at, at + BASE64_WINDOW), `base64`);
  }
}

function windowOf(text: string, length: number, pieces: ReadonlyMap<string, string>): string | undefined {
  for (let at = 0; at + length <= text.length; at++) {
    const form = pieces.get(text.slice(at, at + length));
    if (form !== undefined) return form;
  }
  return undefined;
}

/** The same bytes read in several orders: a value may come a character a row, or a row in pieces. */
function* views(received: Received): Generator<readonly [place: string, bytes: string]> {
  const all = received.messages.map(({ wire }) => wire.toString('latin1'));
  yield ['', all.join('\n')];
  const rows = received.rows().map((row) => row.map((field) => field?.toString('latin1') ?? ''));
  if (rows.length > 0) {
    yield ['joined over rows', rows.flat().join('')];
    const width = Math.max(...rows.map((row) => row.length));
    if (width > 1)
      yield [
        'joined over columns',
        Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? '').join('')).join(
          '\n',
        ),
      ];
  }
  const copied = received.copied();
  if (copied.length > 0) yield ['joined over COPY data', copied.toString('latin1')];
}

const ESCAPE =
  /%([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|&#(\d{1,6});|&#x([0-9a-fA-F]{1,5});|\\x([0-9a-fA-F]{2})(?![0-9a-fA-F])|\\([0-7]{3})/g;

/** Escapes of URLs, JSON, XML and bytea undone once. */
const unescaped = (text: string): string =>
  text.replaceAll(
    ESCAPE,
    (
      _all,
      percent?: string,
      json?: string,
      decimal?: string,
      xml?: string,
      byte?: string,
      octal?: string,
    ) => {
      const hex = percent ?? json ?? xml ?? byte;
      const code =
        hex === undefined
          ? decimal === undefined
            ? parseInt(octal ?? '', 8)
            : Number(decimal)
          : parseInt(hex, 16);
      return code <= 0xff ? String.fromCharCode(code) : ' ';
    },
  );
