/**
 * A parameter of a prepared statement as a reviewer may see it: as text, masked. Which column it goes into is not known,
 * so where the statement has literals that are kept back, a parameter is too, unless its type tells it apart from them.
 */
import { BASE_TYPES } from '../../../protocols/postgres/types/base-types.ts';
import { resolveType, type TypeLookup } from '../../../protocols/postgres/types/pg-type.ts';
import type { BindMessage } from '../../../protocols/postgres/frontend.ts';
import type { Masker } from '../../../masking/masker.ts';
import type { UnrecordedLiterals } from '../masking/session-masking.ts';

export const WITHHELD = '[not shown]';
/** bool, int8, int2, int4, oid, float4, float8, numeric. */
const PLAIN_NUMBERS: ReadonlySet<number> = new Set([16, 20, 21, 23, 26, 700, 701, 1700]);

export interface ShownParameters {
  readonly texts: readonly string[];
  /** Not all of it is shown. */
  readonly partly: boolean;
}

export function shownParameters(
  { values, parameterFormats }: BindMessage,
  types: readonly number[],
  options: { readonly masker: Masker; readonly lookup: TypeLookup; readonly unrecorded: UnrecordedLiterals },
): ShownParameters {
  let partly = false;
  const texts = values.map((value, index) => {
    if (value === null) return 'NULL';
    const type = types[index] ?? 0;
    const format = parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[index];
    const readable = format === 1 ? readBinary(value, type, options.lookup) : value.toString('utf8');
    const kept = options.unrecorded === 'none' || (options.unrecorded === 'texts' && PLAIN_NUMBERS.has(type));
    if (readable === undefined || !kept) {
      partly = true;
      return kept ? `[${value.length} bytes of type ${type}, binary]` : WITHHELD;
    }
    return options.masker.maskRecordText(readable);
  });
  return { texts, partly };
}

function readBinary(value: Buffer, oid: number, lookup: TypeLookup): string | undefined {
  const resolved = resolveType({ oid, typeModifier: -1 }, lookup);
  if (resolved?.type.kind === 'enum') return value.toString('utf8');
  if (resolved?.type.kind !== 'base') return undefined;
  if (resolved.type.name === 'bool') return value[0] === 1 ? 'true' : 'false';
  const plain = BASE_TYPES[resolved.type.name].plainOfBinary(value);
  const text = plain === undefined ? undefined : Buffer.from(plain, 'latin1').toString('utf8');
  return text === undefined || UNREADABLE.test(text) ? undefined : text;
}

// eslint-disable-next-line no-control-regex -- bytes that are no text
const UNREADABLE = /[\x00-\x08\x0e-\x1f\ufffd]/;
