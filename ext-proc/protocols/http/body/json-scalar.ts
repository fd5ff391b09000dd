/** The kind of a JSON scalar other than a string (RFC 8259 section 3), as it is written. */
import type { ByteString } from '../../../masking/byte-string.ts';
import { malformedBody } from './body-refusal.ts';
import { isJsonNumber } from './json-number.ts';
import type { ScalarType } from './value-masking.ts';

/** Throws where it is none. */
export function scalarType(token: ByteString): ScalarType | 'null' {
  if (isJsonNumber(token)) return 'number';
  if (token === 'true' || token === 'false') return 'boolean';
  if (token === 'null') return 'null';
  throw malformedBody('JSON with a value that is none');
}
