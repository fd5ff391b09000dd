/**
 * Masks a text on its way, line by line (text-windows.ts). What is no text ends it (text-check.ts).
 */
import { LIMITS } from '../../../domain/limits.ts';
import type { BodyMasking, BodyTransform } from './body-masking.ts';
import { TextCheck } from './text-check.ts';
import { TextWindows, type WindowLimits } from './text-windows.ts';
import { ValueMasking } from './value-masking.ts';

export const TEXT_LIMITS: WindowLimits = {
  windowBytes: LIMITS.maskWindowBytes,
  overlapBytes: LIMITS.maskWindowOverlapBytes,
};

export class TextTransform implements BodyTransform {
  readonly #check = new TextCheck();
  readonly #windows: TextWindows;

  constructor(masking: BodyMasking, limits: WindowLimits = TEXT_LIMITS) {
    const values = new ValueMasking(masking);
    this.#windows = new TextWindows(masking.masker, 'lines', limits, (kinds) => values.countFound(kinds));
  }

  push(chunk: Buffer): readonly Buffer[] {
    const text = chunk.toString('latin1');
    this.#check.next(text);
    return buffersOf(this.#windows.push(text));
  }

  end(): readonly Buffer[] {
    return buffersOf(this.#windows.finish());
  }
}

const buffersOf = (text: string): readonly Buffer[] => (text === '' ? [] : [Buffer.from(text, 'latin1')]);
