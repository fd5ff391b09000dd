/** What is held of a JSON text at most while it is masked. */
import { LIMITS } from '../../../domain/limits.ts';
import type { WindowLimits } from './text-windows.ts';

export interface JsonLimits extends WindowLimits {
  readonly depthMax: number;
  readonly tokenBytesMax: number;
  readonly stringBytesMax: number;
}

export const JSON_LIMITS: JsonLimits = {
  depthMax: LIMITS.maskedJsonDepthMax,
  tokenBytesMax: LIMITS.bodyTokenBytesMax,
  stringBytesMax: LIMITS.bodyStringBytesMax,
  windowBytes: LIMITS.maskWindowBytes,
  overlapBytes: LIMITS.maskWindowOverlapBytes,
};
