/**
 * What policy says of an action. A denial is a value, not an exception; whatever is not exactly one of these is
 * turned into a denial by the policy adapter (I2).
 */
import type { MaskStyle } from './masking-rules.ts';

export type Verdict = 'allow' | 'deny' | 'hold';

/** Something the gate must do with an allowed action. Unknown kinds are refused when a decision is read. */
export type Obligation =
  /** Columns that are marked besides those of the configuration: `schema.table.column`, with `*` for any characters. */
  | {
      readonly kind: 'mask';
      readonly columns: readonly string[];
      readonly style: MaskStyle;
      readonly tag?: string | undefined;
    }
  /** Marked columns that this principal sees and may use anywhere: as above, or `tag:NAME`, or `*` for all. */
  | { readonly kind: 'reveal'; readonly columns: readonly string[] }
  /** Kinds that detectors leave alone for this principal; `*` is all. */
  | { readonly kind: 'reveal_found'; readonly kinds: readonly string[] }
  | { readonly kind: 'record'; readonly what: string };

/** A rule that would have denied or held, had it not been in report-only mode. */
export interface ReportOnlyFinding {
  readonly rule: string;
  readonly verdict: 'deny' | 'hold';
  readonly reason: string;
}

export interface Decision {
  readonly verdict: Verdict;
  /** The rule that decided, for example `postgres.destructive.delete_without_where`; `default` where none did. */
  readonly rule: string;
  /** One sentence that an agent can act on; never echoes payload. */
  readonly reason: string;
  readonly obligations: readonly Obligation[];
  readonly reportOnly: readonly ReportOnlyFinding[];
  /** SHA-256, hex, of the bundle that decided. */
  readonly bundleHash: string;
}

/** The gate's own denial, where policy could not be asked or did not answer in form. */
export function gateDenial(rule: string, reason: string, bundleHash = ''): Decision {
  return { verdict: 'deny', rule, reason, obligations: [], reportOnly: [], bundleHash };
}
