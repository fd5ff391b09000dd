/**
 * A stretch of text with all its escapes resolved at once: JSON's, a URL's, HTML's, and characters that only look like ASCII.
 * It is read where one of them hides something, and some way around it; most texts have no such place.
 */
import type { ByteString } from '../byte-string.ts';
import type { Encoding } from '../finding.ts';
import { isHidingReference, readReference } from './character-reference.ts';
import { isHidingJsonEscape, readJsonEscape } from './json-escapes.ts';
import { isHidingPercent, isPercentEscape, readPercentEscape } from './percent.ts';
import { fold, isHidingCharacter, NOTHING } from './unicode.ts';
import { type View, ViewBuilder } from './view.ts';

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;

/** Which form of writing begins at `at`, where it hides something. */
export function hiddenWriting(text: ByteString, at: number): Encoding | undefined {
  const first = text.charCodeAt(at);
  if (first === BACKSLASH) return isHidingJsonEscape(text, at) ? 'json' : undefined;
  if (first === PERCENT) return isHidingPercent(text, at) ? 'percent' : undefined;
  if (first === AMPERSAND) return isHidingReference(text, at) ? 'html' : undefined;
  return isHidingCharacter(text, at) ? 'unicode' : undefined;
}

/** How far around a hidden character the text is read again: what is longer and has one escape is found in part. */
export const AROUND_BYTES = 512;

/** A stretch to be read again, and the form of writing that was met first in it. */
export interface Hidden {
  readonly start: number;
  end: number;
  readonly writing: Encoding;
}

/** Adds the place `at` to stretches that are in order and apart. */
export function addHidden(stretches: Hidden[], writing: Encoding, at: number, length: number): void {
  const start = Math.max(0, at - AROUND_BYTES);
  const end = Math.min(length, at + AROUND_BYTES);
  const last = stretches.at(-1);
  if (last !== undefined && start <= last.end) last.end = end;
  else stretches.push({ start, end, writing });
}

/** The text from `start` to `end` as it reads. Offsets are those of the whole text. */
export function unescaped(text: ByteString, start: number, end: number): View {
  const view = new ViewBuilder(end - start);
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) {
      const { character, length } = readJsonEscape(text, at);
      view.pushCharacter(character, at);
      at += length;
    } else if (code === PERCENT && isPercentEscape(text, at)) {
      view.push(readPercentEscape(text, at), at);
      at += 3;
    } else if (code === AMPERSAND) {
      const reference = readReference(text, at);
      view.pushCharacter(reference?.character ?? code, at);
      at += reference?.length ?? 1;
    } else if (code >= 0x80) {
      const folded = fold(text, at);
      if (folded === undefined) view.push(code, at);
      else if (folded.code !== NOTHING) view.push(folded.code, at);
      at += folded?.length ?? 1;
    } else {
      view.push(code, at++);
    }
  }
  return view.finish(Math.min(at, end));
}
