/**
 * Text, and what travels as text: the same bytes in both formats, save a version byte.
 * char(n) is padded to n characters, as PostgreSQL does; its trailing spaces are no part of the value.
 */
import { type ByteString, charactersIn } from '../../../masking/byte-string.ts';
import type { ValueShape } from '../../../masking/value-shape.ts';
import { type BaseType, constantType, latin1Bytes, latin1Text, sameText } from './base-type.ts';

/** varchar(n) and char(n): pg_attribute.atttypmod is n and the 4 bytes of a length word. */
const VARIABLE_HEADER = 4;
const NAME_BYTES_MAX = 63;
/** The widest char(n) that is padded: beyond it the replacement stands alone. */
const PADDED_CHARACTERS_MAX = 65_536;
const VERSION = 1;

const charactersMax = (typeModifier: number): number | undefined =>
  typeModifier > VARIABLE_HEADER ? typeModifier - VARIABLE_HEADER : undefined;

function textShape(characters: number | undefined): ValueShape {
  return { type: 'text', ...(characters === undefined ? {} : { charactersMax: characters }) };
}

function textType(shape: (typeModifier: number) => ValueShape): BaseType {
  return {
    shape,
    scanText: 'raw',
    scanBinary: 'raw',
    plainOfText: sameText,
    textOfPlain: sameText,
    plainOfBinary: latin1Text,
    binaryOfPlain: latin1Bytes,
  };
}

const trimmed = (text: ByteString): ByteString => {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--;
  return end === text.length ? text : text.slice(0, end);
};

function padded(text: ByteString, typeModifier: number): ByteString {
  const characters = charactersMax(typeModifier) ?? 0;
  const missing = Math.min(characters, PADDED_CHARACTERS_MAX) - charactersIn(text);
  return missing > 0 ? text + ' '.repeat(missing) : text;
}

const BPCHAR: BaseType = {
  ...textType((typeModifier) => textShape(charactersMax(typeModifier))),
  plainOfText: trimmed,
  textOfPlain: padded,
  plainOfBinary: (binary) => trimmed(latin1Text(binary)),
  binaryOfPlain: (plain, typeModifier) => latin1Bytes(padded(plain, typeModifier)),
};

/** A byte that says the version, then text. */
function versioned(base: BaseType): BaseType {
  return {
    ...base,
    plainOfBinary: (binary) => (binary[0] === VERSION ? binary.toString('latin1', 1) : undefined),
    binaryOfPlain: (plain) => Buffer.concat([Buffer.of(VERSION), latin1Bytes(plain)]),
  };
}

const TEXT = textType(() => textShape(undefined));
const JSON_TEXT = textType(() => ({ type: 'json' }));

const XML_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** An element, as some readers take a document only. */
const XML: BaseType = {
  ...TEXT,
  dressMark: (plain) =>
    `<masked>${plain.replace(/[&<>]/g, (special) => XML_ESCAPES[special] ?? '')}</masked>`,
};

const JSONPATH: BaseType = {
  ...versioned(TEXT),
  shape: () => ({ type: 'opaque' }),
  plainIsText: true,
  constant: () => ({ text: '$', binary: Buffer.of(VERSION, 0x24) }),
};

export const CHARACTER_TYPES = {
  text: TEXT,
  unknown: TEXT,
  cstring: TEXT,
  refcursor: TEXT,
  varchar: textType((typeModifier) => textShape(charactersMax(typeModifier))),
  bpchar: BPCHAR,
  name: textType(() => textShape(NAME_BYTES_MAX)),
  char: { ...textType(() => textShape(1)), scanText: 'never', scanBinary: 'never' },
  json: JSON_TEXT,
  jsonb: versioned(JSON_TEXT),
  jsonpath: JSONPATH,
  xml: XML,
  void: constantType('', Buffer.alloc(0)),
} as const satisfies Record<string, BaseType>;
