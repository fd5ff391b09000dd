/**
 * Masks a text on its way, line by line (text-windows.ts). What shows by its first bytes or by a control character that
 * it is no text in a charset that is read (compressed, UTF-16, a document) ends it: of such bytes nobody could say what
 * they hold.
 */
import { LIMITS } from '../../../domain/limits.ts';
import type { BodyMasking, BodyTransform } from './body-masking.ts';
import { malformedBody } from './body-refusal.ts';
import { TextWindows, type WindowLimits } from './text-windows.ts';
import { ValueMasking } from './value-masking.ts';

export const TEXT_LIMITS: WindowLimits = {
  windowBytes: LIMITS.maskWindowBytes,
  overlapBytes: LIMITS.maskWindowOverlapBytes,
};

/** All but bell, backspace, tab, line and form feeds, carriage return and escape, which terminals' texts have. */
const NO_TEXT = /[\x00-\x06\x0e-\x1a\x1c-\x1f\xff\xfe]/;

/** Throws where the bytes are no text. */
export function checkText(text: string): void {
  if (NO_TEXT.test(text)) throw malformedBody('bytes that are no text');
}

export class TextTransform implements BodyTransform {
  readonly #windows: TextWindows;

  constructor(masking: BodyMasking, limits: WindowLimits = TEXT_LIMITS) {
    const values = new ValueMasking(masking);
    this.#windows = new TextWindows(masking.masker, 'lines', limits, (kinds) => values.countFound(kinds));
  }

  push(chunk: Buffer): readonly Buffer[] {
    const text = chunk.toString('latin1');
    checkText(text);
    return buffersOf(this.#windows.push(text));
  }

  end(): readonly Buffer[] {
    return buffersOf(this.#windows.finish());
  }
}

const buffersOf = (text: string): readonly Buffer[] => (text === '' ? [] : [Buffer.from(text, 'latin1')]);
