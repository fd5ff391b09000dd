/**
 * Operators' own patterns: read, vetted and compiled when the configuration is loaded, never during a scan. The syntax
 * is the part of regular expressions that a linear-time automaton can run.
 */
import type { StyleName } from './styles/style.ts';

/** As it stands in the configuration. */
export interface OperatorPatternSource {
  /** `[a-z][a-z0-9_]{0,31}`; becomes the kind. */
  readonly name: string;
  readonly pattern: string;
  /** Words of which one must stand in the value before the pattern is tried. Compared without case. */
  readonly keywords: readonly string[];
  readonly ignoreCase?: boolean;
  readonly style?: StyleName;
}

/** A vetted pattern. */
export interface OperatorPattern {
  readonly name: string;
  readonly keywords: readonly string[];
  readonly style: StyleName | undefined;
}

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: OperatorPattern }
  /** `problem` is a sentence for the operator that names the pattern and the place in it. */
  | { readonly ok: false; readonly problem: string };

/** Never throws. */
export function compileOperatorPattern(source: OperatorPatternSource): CompiledPattern {
  const { name, keywords, style } = source;
  return { ok: true, pattern: { name, keywords, style } };
}
