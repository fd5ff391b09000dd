/** Numeric character references of HTML and XML: `&#52;`, `&#x34;`. Named ones hide nothing that a detector reads. */
import type { ByteString } from '../byte-string.ts';

const REFERENCE = /&#(?:([0-9]{1,7})|[xX]([0-9a-fA-F]{1,6}));?/y;

/** The character of the reference at `at`, and its length; undefined where there is none. */
export function readReference(
  text: ByteString,
  at: number,
): { character: number; length: number } | undefined {
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(text);
  if (match === null) return undefined;
  const character = match[1] === undefined ? Number.parseInt(match[2] as string, 16) : Number(match[1]);
  return { character: character & 0xffff, length: match[0].length };
}

/** Whether the reference at `at` stands for a letter, a digit or `@`. */
export function isHidingReference(text: ByteString, at: number): boolean {
  const character = readReference(text, at)?.character ?? 0;
  return character >= 0x2b && character <= 0x7a && /[A-Za-z0-9@._+-]/.test(String.fromCharCode(character));
}
