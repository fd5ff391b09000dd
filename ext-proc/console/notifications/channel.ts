/** A configured place where requests are told, with its secrets read. */
import type { OutsideReviewerConfig } from '../../config/approvals-config.ts';
import type { Reviewer } from '../../domain/approvals/review-decision.ts';
import type { Secret } from '../../domain/secret.ts';
import type { WebhookSecret } from './standard-webhooks.ts';

interface ChannelBase {
  readonly name: string;
  readonly url: string;
  /** By the name that the place has for them. */
  readonly users: ReadonlyMap<string, OutsideReviewerConfig>;
}

export type Channel =
  | (ChannelBase & { readonly kind: 'webhook'; readonly secrets: readonly WebhookSecret[] })
  /** Without the secret of an app nothing can be decided there. */
  | (ChannelBase & { readonly kind: 'slack'; readonly secret: Secret<string> | undefined })
  | (ChannelBase & { readonly kind: 'teams' });

/**
 * Who somebody out there is, as the configuration says and nothing else: a name or group that a message brings along is
 * believed of nobody. Undefined where it does not say.
 */
export function outsideReviewer(channel: Channel, user: string, issuer: string): Reviewer | undefined {
  const known = channel.users.get(user);
  if (known === undefined) return undefined;
  const { subject, groups, person } = known;
  return { subject, issuer, groups, name: subject, accounts: known.accounts, person };
}
