/** What reading and rewriting of values needs besides the values: who masks, what the types are, how texts look. */
import type { Kind } from '../../../masking/finding.ts';
import type { Masker } from '../../../masking/masker.ts';
import type { TextStyle } from './base-type.ts';
import type { TypeLookup } from './pg-type.ts';

export interface ValueContext {
  readonly masker: Masker;
  /** Types that are not built in; `() => undefined` where none are known. */
  readonly lookup: TypeLookup;
  readonly style: TextStyle;
}

/** The parameters of the session as the server reports them. An absent one counts as unusual. */
export function textStyleOf(dateStyle: string | undefined, intervalStyle: string | undefined): TextStyle {
  return {
    isoDates: dateStyle?.startsWith('ISO') === true,
    postgresIntervals: intervalStyle === 'postgres',
  };
}

/** Values within values are followed so deep; what lies deeper is of an unknown type. */
export const NESTING_MAX = 8;

/** What stands in place of something found; `value` null is NULL. `kinds` has one entry for each part replaced. */
export interface Found<Value> {
  readonly value: Value | null;
  readonly kinds: readonly Kind[];
}
