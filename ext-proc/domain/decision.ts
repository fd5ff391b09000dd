/**
 * What policy says of an action. A denial is a value, not an exception; whatever is not exactly one of these is
 * turned into a denial by the policy adapter (I2).
 */
import type { HoldTerms } from './approvals/hold-terms.ts';
import type { MaskStyle } from './masking-rules.ts';

export type Verdict = 'allow' | 'deny' | 'hold';

/**
 * Something the gate must do with an allowed action, or need not do. Unknown kinds, and members that are not in form,
 * are refused when a decision is read: masking-rules.ts reads each of `columns`.
 * - `mask`: these columns (`schema.table.column`, globs) are marked for this action too; `tag` is their mark's kind.
 * - `reveal`: marked columns that the principal sees, and may use anywhere: as of `mask`, or `tag:NAME`, or `*`.
 * - `reveal_found`: kinds of what detectors find that are left alone; `*` is all.
 *
 * Of HTTP and MCP (`field-rules.ts` reads each of `fields`):
 * - `mask_fields`: these fields of JSON and form bodies are marked for this action too, in the request, the response
 *   or both.
 * - `reveal_fields`: marked fields that the principal sees: a pattern, `tag:NAME`, or `*`.
 * - `remove_fields`: fields that are taken out of the request before it leaves.
 * - `reveal_headers`: response headers that are withheld otherwise (`set-cookie`) and go on; lower case, never masked.
 * - `pass_unreadable`: a body that the gate cannot read goes on as it is, in the direction named.
 */
export type Obligation =
  | {
      readonly kind: 'mask';
      readonly columns: readonly string[];
      readonly style: MaskStyle;
      readonly tag?: string;
    }
  | { readonly kind: 'reveal'; readonly columns: readonly string[] }
  | { readonly kind: 'reveal_found'; readonly kinds: readonly string[] }
  | {
      readonly kind: 'mask_fields';
      readonly fields: readonly string[];
      readonly style: MaskStyle;
      readonly direction: 'request' | 'response' | 'both';
      readonly tag?: string;
    }
  | { readonly kind: 'reveal_fields'; readonly fields: readonly string[] }
  | { readonly kind: 'remove_fields'; readonly fields: readonly string[] }
  | { readonly kind: 'reveal_headers'; readonly headers: readonly string[] }
  | { readonly kind: 'pass_unreadable'; readonly direction: 'request' | 'response' | 'both' }
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
  /** Where the verdict is `hold`, and only there. */
  readonly hold?: HoldTerms | undefined;
}

/** The gate's own denial, where policy could not be asked or did not answer in form. */
export function gateDenial(rule: string, reason: string, bundleHash = ''): Decision {
  return { verdict: 'deny', rule, reason, obligations: [], reportOnly: [], bundleHash };
}
