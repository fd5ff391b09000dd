/**
 * What masking has to know of one base type: what a replacement must be, how a value reads in its two formats, and how
 * what comes back is written. The masker sees *plain* text: PostgreSQL's own text form, or the bytes themselves where
 * that form only wraps them (bytea).
 * Specification: PostgreSQL 18, "Data Types"; the binary forms are those of each type's send and receive functions.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { ValueShape } from '../../../masking/value-shape.ts';

/**
 * How a detector gets to see a value: `never`, because no value of the type can hold a finding; `raw`, because the bytes
 * on the wire are what it reads; `rendered`, because they have to be turned into text first.
 */
export type Visibility = 'never' | 'raw' | 'rendered';

/** How the session writes values as text; what differs from it cannot be imitated, and gives NULL. */
export interface TextStyle {
  /** DateStyle begins with ISO. */
  readonly isoDates: boolean;
  /** IntervalStyle is postgres. */
  readonly postgresIntervals: boolean;
}

export interface WireForms {
  readonly text: ByteString;
  readonly binary: Buffer;
}

/** All functions give undefined where the input is not of the type; none throws. Binary inputs are whole values. */
export interface BaseType {
  readonly shape: (typeModifier: number) => ValueShape;
  readonly scanText: Visibility;
  readonly scanBinary: Visibility;
  /** A number: shorter than 12 digits it can hold nothing. */
  readonly digitsOnly?: boolean;
  /** Of binary values: certainly a number shorter than 12 digits. */
  readonly shortBinary?: (bytes: Buffer, start: number, end: number) => boolean;
  /** What stands for a value where the shape is `opaque`; undefined where only NULL can. */
  readonly constant?: (typeModifier: number) => WireForms | undefined;
  /** Where the shape is `opaque`: the plain text is the value's own, and not only what detectors look at. */
  readonly plainIsText?: true;
  readonly plainOfText: (text: ByteString) => ByteString | undefined;
  readonly textOfPlain: (plain: ByteString, typeModifier: number, style: TextStyle) => ByteString | undefined;
  readonly plainOfBinary: (binary: Buffer) => ByteString | undefined;
  readonly binaryOfPlain: (plain: ByteString, typeModifier: number) => Buffer | undefined;
  /** Gives the replacement of a whole value the form that the type asks for. */
  readonly dressMark?: (plain: ByteString) => ByteString;
  /** Other texts that the value may be read as; looked at, never written. */
  readonly otherReadings?: (plain: ByteString) => readonly ByteString[];
}

export const sameText = (text: ByteString): ByteString => text;
export const latin1Bytes = (text: ByteString): Buffer => Buffer.from(text, 'latin1');
export const latin1Text = (bytes: Buffer): ByteString => bytes.toString('latin1');
const nothing = (): undefined => undefined;

/** A type with one constant that stands for every value; nothing of the value is shown by any style. */
export function constantType(
  text: ByteString,
  binary: Buffer | undefined,
  scan: Visibility = 'never',
): BaseType {
  return {
    shape: () => ({ type: 'opaque' }),
    scanText: scan,
    scanBinary: scan,
    ...(binary === undefined ? {} : { constant: () => ({ text, binary }) }),
    plainOfText: sameText,
    textOfPlain: nothing,
    plainOfBinary: latin1Text,
    binaryOfPlain: nothing,
  };
}
