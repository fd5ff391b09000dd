/** Runs a body through its transform, cut as asked, and says what came out and what was counted. */
import type { Obligation } from '../../../domain/decision.ts';
import { fieldPattern, type FieldPattern } from '../../../domain/field-rules.ts';
import type { MaskStyle } from '../../../domain/masking-rules.ts';
import { Secret } from '../../../domain/secret.ts';
import { byteStringOfText } from '../../../masking/byte-string.ts';
import { createMasker } from '../../../masking/masker.ts';
import { createScanner } from '../../../masking/scanner.ts';
import type { BodyMasking, BodyTransform } from './body-masking.ts';
import { bodyTransform, type ReadBodyKind } from './body-transform.ts';
import { fieldMarks } from './field-marks.ts';

export interface BodySetup {
  /** Patterns with their style, `customer.card=partial`; without one `full`. */
  readonly marked?: readonly string[];
  readonly obligations?: readonly Obligation[];
  readonly direction?: 'request' | 'response';
  readonly numbersStayNumbers?: boolean;
  readonly defaultStyle?: MaskStyle;
}

export interface BodyRun {
  readonly out: string;
  readonly counts: readonly string[];
}

const scanner = createScanner();
const key = new Secret(Buffer.alloc(32, 7));

export function maskingOf(setup: BodySetup, counts: string[] = []): BodyMasking {
  return {
    masker: createMasker({ scanner, key, defaultStyle: setup.defaultStyle ?? 'full' }),
    marks: fieldMarks({
      rules: (setup.marked ?? []).map((text) => {
        const [pattern = '', style = 'full'] = text.split('=');
        return {
          pattern: fieldPattern(pattern) as FieldPattern,
          upstream: undefined,
          tag: 'private',
          style: style as MaskStyle,
        };
      }),
      obligations: setup.obligations ?? [],
      direction: setup.direction ?? 'response',
    }),
    numbersStayNumbers: setup.numbersStayNumbers ?? false,
    count: (kind, field) => void counts.push(field === undefined ? kind : `${kind}:${field}`),
  };
}

/** `cuts`: how long each piece is, over and over; without any the body is one piece. */
export function through(transform: BodyTransform, bytes: Buffer, cuts: readonly number[] = []): Buffer {
  const out: Buffer[] = [];
  let at = 0;
  for (let piece = 0; at < bytes.length; piece++) {
    const length = cuts.length === 0 ? bytes.length : (cuts[piece % cuts.length] as number);
    // A copy: a transform may give out views of what it was handed, and must not keep them.
    const chunk = Buffer.from(bytes.subarray(at, at + length));
    for (const each of transform.push(chunk)) out.push(Buffer.from(each));
    chunk.fill(0x23);
    at += length;
  }
  return Buffer.concat([...out, ...transform.end()]);
}

export function runBody(
  kind: ReadBodyKind,
  body: string | Buffer,
  setup: BodySetup = {},
  cuts: readonly number[] = [],
): BodyRun {
  const counts: string[] = [];
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const out = through(bodyTransform(kind, maskingOf(setup, counts)), bytes, cuts);
  return { out: out.toString(), counts };
}

/** Whether detectors find something in the text alone. */
export const foundIn = (text: string): boolean => scanner.scan(byteStringOfText(text)).length > 0;

/** The code of what a body is refused with; undefined where it goes through. */
export function refusalOf(
  kind: ReadBodyKind,
  body: string | Buffer,
  setup: BodySetup = {},
  cuts: readonly number[] = [],
): string | undefined {
  try {
    runBody(kind, body, setup, cuts);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
