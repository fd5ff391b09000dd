/** What a detector finds, and the order among kinds. A finding says where and what kind; it never holds the value. */

/** The built-in kinds, the most severe first: where findings overlap, the part is named after the first of these. */
export const BUILT_IN_KINDS = [
  'private_key',
  'cloud_token',
  'git_token',
  'chat_token',
  'api_key',
  'jwt',
  'credential',
  // Two digits of check and a structure say more than one digit: an account number may hold a card by chance.
  'iban',
  'payment_card',
  'us_ssn',
  'email',
  'phone',
] as const;

export type BuiltInKind = (typeof BUILT_IN_KINDS)[number];

/** A built-in kind, or the name of an operator's pattern (`[a-z][a-z0-9_]{0,31}`, never a built-in's name). */
export type Kind = string;

/** How the value stands in the text, the outermost form first; empty where it stands as it is. */
export type Encoding = 'base64' | 'hex' | 'json' | 'percent' | 'html' | 'unicode';

export interface Finding {
  readonly kind: Kind;
  /** Which rule of the kind: `github_fine_grained`, `visa`. For counts and tests. */
  readonly rule: string;
  /** Byte offsets into the text that was scanned; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /**
   * Where this is not empty, the span is that of the encoded form: a whole run of base64 or hex; for the others the
   * exact part of the text.
   */
  readonly encodings: readonly Encoding[];
  /** Whether the span is exactly one finding; false where overlapping ones were joined. */
  readonly alone: boolean;
}

const RANKS: ReadonlyMap<Kind, number> = new Map(BUILT_IN_KINDS.map((kind, rank) => [kind, rank]));

/** A kind's place in the order of severity, 0 the most severe of the built-in ones. Operators' own come first. */
export const rankOf = ({ kind }: Finding): number => RANKS.get(kind) ?? -1;

/** The most severe of several findings, the first of equal ones. */
export const mostSevere = (findings: readonly [Finding, ...Finding[]]): Finding =>
  findings.reduce((worst, each) => (rankOf(each) < rankOf(worst) ? each : worst));
