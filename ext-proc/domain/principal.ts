/**
 * Who acts. Built from verified token claims only (`adapters/oidc`); nothing a client can set by hand is in it.
 * RFC 8693 section 4.1: with an `act` claim the token's `sub` is the human and `act.sub` the agent that acts
 * for them; without one, the token's `sub` is a workload acting for itself.
 */
export interface Principal {
  /** The acting party: `act.sub` where present, else `sub`. */
  readonly subject: string;
  /** The human the agent acts for: `sub` where `act` is present. */
  readonly onBehalfOf: string | undefined;
  readonly issuer: string;
  readonly groups: readonly string[];
  /** Which person the token's `sub` is, whatever the account, where the issuer says so (`claims.person`). */
  readonly person?: string | undefined;
  /** What else the issuer calls the account of the token's `sub`; compared for four eyes, and no identity. */
  readonly accounts?: readonly string[] | undefined;
}

/** Whether a block of `subject` means this principal: as the party that acts, or as the human it acts for. */
export const isMeantBy = (
  { subject, onBehalfOf }: Pick<Principal, 'subject' | 'onBehalfOf'>,
  blocked: string,
): boolean => subject === blocked || onBehalfOf === blocked;

/** A principal with the time until which the token that proved it is good. */
export interface VerifiedIdentity {
  readonly principal: Principal;
  /** Milliseconds since the epoch: the token's `exp`. */
  readonly expiresAtMs: number;
  /** The token's `jti`, where it has one. */
  readonly tokenId: string | undefined;
}
