/** All base types by PostgreSQL's own names. */
import type { BaseType } from './base-type.ts';
import { BYTE_TYPES } from './byte-types.ts';
import { CHARACTER_TYPES } from './character-types.ts';
import { DATE_TIME_TYPES } from './date-time-types.ts';
import { NETWORK_TYPES } from './network-types.ts';
import { NUMBER_TYPES } from './number-types.ts';
import { OTHER_TYPES } from './other-types.ts';

const TYPES = {
  ...NUMBER_TYPES,
  ...CHARACTER_TYPES,
  ...DATE_TIME_TYPES,
  ...NETWORK_TYPES,
  ...BYTE_TYPES,
  ...OTHER_TYPES,
} as const;

export type BaseTypeName = keyof typeof TYPES;

export const BASE_TYPES: Readonly<Record<BaseTypeName, BaseType>> = TYPES;
