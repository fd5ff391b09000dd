/** What limits and refusals are common to all that rewrites rows. */
import { LIMITS } from '../../../domain/limits.ts';

export interface MaskLimits {
  readonly rowBytesMax: number;
  readonly windowBytes: number;
  readonly windowOverlapBytes: number;
}

export const MASK_LIMITS: MaskLimits = {
  rowBytesMax: LIMITS.maskedRowBytesMax,
  windowBytes: LIMITS.maskWindowBytes,
  windowOverlapBytes: LIMITS.maskWindowOverlapBytes,
};

/** Why rows can go on no further. After it nothing more is taken. */
export type MaskRefusal = 'GH_PG_MASK_LAYOUT' | 'GH_PG_MASK_TOO_LARGE';

/** Takes bytes that may go on, in order. They may be views of what was handed in. */
export type Emit = (bytes: Buffer) => void;
