/**
 * Ways out that fuzzing, a review or a user found. The first thing done about a leak is to write it down here.
 * Append only.
 */
import type { LeakEntry } from '../entry.ts';

export const FOUND: readonly LeakEntry[] = [];
