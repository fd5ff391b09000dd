/**
 * Masks what detectors find in the values of response headers: an address in `Location`, a token in a header of the
 * upstream's own. Which headers are withheld altogether is not decided here.
 */
import { type ByteString } from '../../../masking/byte-string.ts';
import type { BodyMasking } from './body-masking.ts';

export interface HeaderField {
  /** Lower case. */
  readonly name: string;
  /** A byte string: the latin1 view of its bytes. */
  readonly value: ByteString;
}

export interface MaskedHeader extends HeaderField {
  /** Its place in the list that was handed in. */
  readonly index: number;
}

/** They frame the message or say how it may be kept: of them nothing is a value of somebody's. */
const STRUCTURAL: ReadonlySet<string> = new Set([
  'accept-ranges',
  'age',
  'allow',
  'cache-control',
  'connection',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'expires',
  'keep-alive',
  'last-modified',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-version',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
]);

/**
 * The headers whose value changes, with what stands in it now. `exempt`: names (lower case) that policy reveals.
 * Pseudo-headers are left alone.
 */
export function maskedHeaders(
  headers: readonly HeaderField[],
  masking: Pick<BodyMasking, 'masker' | 'count'>,
  exempt: ReadonlySet<string> = new Set(),
): readonly MaskedHeader[] {
  return headers.flatMap(({ name, value }, index) => {
    if (name.startsWith(':') || STRUCTURAL.has(name) || exempt.has(name)) return [];
    const masked = masking.masker.maskPart(value, { kind: 'named', name });
    if (masked === undefined) return [];
    for (const kind of masked.kinds) masking.count(kind, undefined);
    return [{ index, name, value: masked.text }];
  });
}
