/**
 * A parameter of a prepared statement as a reviewer may see it: as text, masked. Which column it goes into is not known,
 * so where the statement has literals that are kept back, a parameter is too, unless its type tells it apart from them.
 * What cannot be read is said to be so: nobody can approve it.
 */
import { isUtf8 } from 'node:buffer';
import type { TypeLookup } from '../../../protocols/postgres/types/pg-type.ts';
import type { BindMessage } from '../../../protocols/postgres/frontend.ts';
import type { Masker } from '../../../masking/masker.ts';
import type { UnrecordedLiterals } from '../masking/session-masking.ts';
import { readableBinary } from './readable-binary.ts';

export const WITHHELD = '[not shown]';
/** bool, int8, int2, int4, oid, float4, float8, numeric. */
const PLAIN_NUMBERS: ReadonlySet<number> = new Set([16, 20, 21, 23, 26, 700, 701, 1700]);

export interface ShownParameter {
  /** `withheld`: it may go into a masked column. `unreadable`: nobody can tell what it is. */
  readonly state: 'shown' | 'null' | 'withheld' | 'unreadable';
  readonly text: string;
}

export interface ShownParametersOptions {
  readonly masker: Masker;
  readonly lookup: TypeLookup;
  readonly unrecorded: UnrecordedLiterals;
  /** The server reads texts as UTF-8, or as they are. */
  readonly utf8: boolean;
}

/** `types`: of the values, in order; 0 or absent where it is not known, which the binary format needs. */
export const shownParameters = (
  { values, parameterFormats }: BindMessage,
  types: readonly number[],
  options: ShownParametersOptions,
): readonly ShownParameter[] =>
  values.map((value, index) => {
    if (value === null) return { state: 'null', text: 'NULL' };
    const type = types[index] ?? 0;
    const kept = options.unrecorded === 'none' || (options.unrecorded === 'texts' && PLAIN_NUMBERS.has(type));
    if (!kept) return { state: 'withheld', text: WITHHELD };
    const format = parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[index];
    const readable = readableValue(value, type, format === 1, options);
    return readable === undefined
      ? { state: 'unreadable', text: `[${value.length} bytes of type ${type}, not readable]` }
      : { state: 'shown', text: options.masker.maskRecordText(readable) };
  });

function readableValue(
  value: Buffer,
  type: number,
  binary: boolean,
  { lookup, utf8 }: ShownParametersOptions,
): string | undefined {
  const text = binary
    ? readableBinary(value, type, lookup)
    : isUtf8(value)
      ? value.toString('utf8')
      : undefined;
  // In another encoding the same bytes are other characters.
  return text !== undefined && !utf8 && BEYOND_ASCII.test(text) ? undefined : text;
}

// eslint-disable-next-line no-control-regex -- the ASCII range is what is meant
const BEYOND_ASCII = /[^\x00-\x7f]/;
