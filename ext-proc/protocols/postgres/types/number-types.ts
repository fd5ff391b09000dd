/**
 * Numbers: integers, floats, numeric and money. A floating-point number is looked at with all of its digits, as
 * PostgreSQL would write a card number of 16 digits with an exponent.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import { type BaseType, sameText } from './base-type.ts';
import { numericBinary, numericGroups, numericText } from './numeric-binary.ts';

/** 2^36 has 11 digits: what stays below it in size has 11 at most. */
const SHORT_HIGH_WORD = 16;
/** A numeric of two groups has 8 digits that are not zeros at its end. */
const SHORT_GROUPS = 2;
const SHORT_FLOAT = 1e11;
const INTEGER = /^-?\d{1,20}$/;

function integerType(bytes: 2 | 4 | 8, signed: boolean): BaseType {
  const bits = BigInt(8 * bytes);
  const min = signed ? -(1n << (bits - 1n)) : 0n;
  const max = (1n << (signed ? bits - 1n : bits)) - 1n;
  return {
    shape: () => ({ type: 'integer', min, max }),
    scanText: bytes === 8 ? 'raw' : 'never',
    scanBinary: bytes === 8 ? 'rendered' : 'never',
    digitsOnly: true,
    ...(bytes === 8 ? { shortBinary: isShortInt8 } : {}),
    plainOfText: sameText,
    textOfPlain: (plain) => (INTEGER.test(plain) ? plain : undefined),
    plainOfBinary: (binary) => {
      if (binary.length !== bytes) return undefined;
      if (bytes === 8) return String(signed ? binary.readBigInt64BE() : binary.readBigUInt64BE());
      return String(signed ? binary.readIntBE(0, bytes) : binary.readUIntBE(0, bytes));
    },
    binaryOfPlain: (plain) => {
      if (!INTEGER.test(plain)) return undefined;
      const value = BigInt(plain);
      if (value < min || value > max) return undefined;
      const binary = Buffer.alloc(8);
      binary.writeBigUInt64BE(BigInt.asUintN(64, value));
      return binary.subarray(8 - bytes);
    },
  };
}

function isShortInt8(bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== 8) return false;
  const high = bytes.readInt32BE(start);
  return high >= -SHORT_HIGH_WORD && high < SHORT_HIGH_WORD;
}

/** JavaScript writes no exponent below 10^21, and the same text for the same number whatever the format. */
function floatPlain(value: number): ByteString {
  return String(value);
}

function floatValue(text: ByteString): number | undefined {
  if (/^[-+]?(?:\d|\.\d)[\d.eE+-]*$/.test(text)) {
    const value = Number(text);
    return Number.isNaN(value) ? undefined : value;
  }
  return text === 'NaN' || text === 'Infinity' || text === '-Infinity' ? Number(text) : undefined;
}

function floatType(bytes: 4 | 8): BaseType {
  const round = bytes === 4 ? Math.fround : (value: number) => value;
  return {
    shape: () => ({ type: 'float' }),
    // float4 has nine digits at most.
    scanText: bytes === 8 ? 'rendered' : 'never',
    scanBinary: bytes === 8 ? 'rendered' : 'never',
    digitsOnly: true,
    ...(bytes === 8 ? { shortBinary: isShortFloat8 } : {}),
    plainOfText: (text) => {
      const value = floatValue(text);
      return value === undefined ? undefined : floatPlain(round(value));
    },
    textOfPlain: (plain) => (floatValue(plain) === undefined ? undefined : plain),
    plainOfBinary: (binary) => {
      if (binary.length !== bytes) return undefined;
      return floatPlain(bytes === 4 ? binary.readFloatBE() : binary.readDoubleBE());
    },
    binaryOfPlain: (plain) => {
      const value = floatValue(plain);
      if (value === undefined) return undefined;
      const binary = Buffer.alloc(bytes);
      if (bytes === 4) binary.writeFloatBE(value);
      else binary.writeDoubleBE(value);
      return binary;
    },
  };
}

function isShortFloat8(bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== 8) return false;
  const value = bytes.readDoubleBE(start);
  return Number.isInteger(value) && Math.abs(value) < SHORT_FLOAT;
}

const VARIABLE_HEADER = 4;

/** numeric(p,s) as numeric.c packs it; the scale has a sign since 15. */
function numericModifier(typeModifier: number): { precision?: number; scale?: number } {
  if (typeModifier < VARIABLE_HEADER) return {};
  const packed = typeModifier - VARIABLE_HEADER;
  return { precision: (packed >>> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 1024) - 1024 };
}

const NUMERIC: BaseType = {
  shape: (typeModifier) => ({ type: 'decimal', ...numericModifier(typeModifier) }),
  scanText: 'raw',
  scanBinary: 'rendered',
  digitsOnly: true,
  shortBinary: (bytes, start, end) => {
    const groups = numericGroups(bytes, start, end);
    return groups >= 0 && groups <= SHORT_GROUPS;
  },
  plainOfText: sameText,
  textOfPlain: (plain) => (numericBinary(plain) === undefined ? undefined : plain),
  plainOfBinary: numericText,
  binaryOfPlain: numericBinary,
};

const MONEY_SCALE = 2;
const CENTS_MAX = (1n << 63n) - 1n;

/**
 * money as lc_monetary C writes it: `-$1,234.56`. Of another locale's text the digits are read, the last two as cents;
 * its own sign is not known here, and what is written is `$0.00`.
 */
const MONEY: BaseType = {
  shape: () => ({ type: 'decimal', precision: 18, scale: MONEY_SCALE }),
  scanText: 'rendered',
  scanBinary: 'rendered',
  digitsOnly: true,
  shortBinary: isShortInt8,
  plainOfText: (text) => {
    const digits = text.replace(/\D/g, '');
    if (digits === '') return undefined;
    return moneyPlain(/[-(]/.test(text) ? `-${digits}` : digits);
  },
  textOfPlain: (plain) => {
    const parts = /^(-?)(\d{1,17})(?:\.(\d{1,2}))?$/.exec(plain);
    if (parts === null) return undefined;
    const units = (parts[2] as string).replace(/\B(?=(?:\d{3})+$)/g, ',');
    return `${parts[1]}$${units}.${(parts[3] ?? '').padEnd(MONEY_SCALE, '0')}`;
  },
  plainOfBinary: (binary) => (binary.length === 8 ? moneyPlain(String(binary.readBigInt64BE())) : undefined),
  binaryOfPlain: (plain) => {
    const parts = /^(-?)(\d{1,17})(?:\.(\d{1,2}))?$/.exec(plain);
    if (parts === null) return undefined;
    const cents = BigInt((parts[2] as string) + (parts[3] ?? '').padEnd(MONEY_SCALE, '0'));
    if (cents > CENTS_MAX) return undefined;
    const binary = Buffer.alloc(8);
    binary.writeBigInt64BE(parts[1] === '-' ? -cents : cents);
    return binary;
  },
};

function moneyPlain(cents: ByteString): ByteString {
  const negative = cents.startsWith('-');
  const digits = (negative ? cents.slice(1) : cents).padStart(MONEY_SCALE + 1, '0');
  const units = digits.slice(0, -MONEY_SCALE).replace(/^0+(?=\d)/, '');
  return `${negative ? '-' : ''}${units}.${digits.slice(-MONEY_SCALE)}`;
}

export const NUMBER_TYPES = {
  int2: integerType(2, true),
  int4: integerType(4, true),
  int8: integerType(8, true),
  oid: integerType(4, false),
  xid: integerType(4, false),
  cid: integerType(4, false),
  xid8: integerType(8, false),
  float4: floatType(4),
  float8: floatType(8),
  numeric: NUMERIC,
  money: MONEY,
} as const satisfies Record<string, BaseType>;
