/** The styles by which a value is replaced, and what comes of one. */
import type { ByteString } from '../byte-string.ts';

/**
 * - `full`: a fixed token, `[masked:payment_card]`; neither length nor content shows. Typed shapes get a constant.
 * - `partial`: what the kind allows to show, such as a card's last four digits; `full` where the value is not of that
 *   form. Dates keep their year.
 * - `hash`: HMAC-SHA-256 under the configured key, separated by kind; equal values of one kind look equal. Typed shapes
 *   get a value of their type made from it.
 * - `null`: null.
 * - `typed`: a constant of the value's type.
 */
export const STYLE_NAMES = ['full', 'partial', 'hash', 'null', 'typed'] as const;

export type StyleName = (typeof STYLE_NAMES)[number];

/** What stands in place of a value. Never an exception: where nothing fits, `impossible`, and the caller denies. */
export type Replacement =
  | { readonly kind: 'text'; readonly text: ByteString }
  | { readonly kind: 'null' }
  | { readonly kind: 'impossible'; readonly reason: string };
