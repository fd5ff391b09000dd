/**
 * A JSON string that is too long to be held: where its field is marked what stands for it is written at once and the
 * rest dropped; otherwise its content goes on in windows, as it is written.
 */
import type { ByteString } from '../../../masking/byte-string.ts';
import type { BodyMasking } from './body-masking.ts';
import type { FieldMark } from './field-marks.ts';
import { TextWindows, type WindowLimits } from './text-windows.ts';
import type { ValueMasking } from './value-masking.ts';

export class LongString {
  /** What goes on before any of the content. */
  readonly beginning: ByteString;
  readonly #windows: TextWindows | undefined;

  constructor(mark: FieldMark | undefined, masking: BodyMasking, values: ValueMasking, limits: WindowLimits) {
    if (mark === undefined) {
      this.beginning = '"';
      this.#windows = new TextWindows(masking.masker, 'json', limits, (kinds) => values.countFound(kinds));
    } else {
      const withheld = values.withheldText(mark);
      this.beginning = withheld === null ? 'null' : `"${withheld}"`;
    }
  }

  /** What goes on of the content, of which no quote is part. */
  push(content: ByteString): ByteString {
    return this.#windows?.push(content) ?? '';
  }

  finish(): ByteString {
    return this.#windows === undefined ? '' : `${this.#windows.finish()}"`;
  }
}
