/** Logging a reviewer in at the issuer, as the console needs it. OpenID Connect Core 1.0, section 3.1, with PKCE. */
import type { Reviewer } from './review-decision.ts';

/** What one login is bound to; the browser keeps it, sealed, until the issuer sends it back. */
export interface LoginAttempt {
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636. */
  readonly codeVerifier: string;
}

export interface ReviewerLogin {
  newAttempt(): LoginAttempt;
  /**
   * Where the browser is sent. `again`: the issuer asks who it is, whoever is logged in there. Rejects with
   * GH_LOGIN_ISSUER where the issuer cannot be asked.
   */
  authorizationUrl(attempt: LoginAttempt, again: boolean): Promise<string>;
  /**
   * Who has logged in, by the issuer's answer. Rejects with GH_LOGIN_REFUSED where the issuer or the person said no,
   * GH_LOGIN_ATTEMPT where the answer is of another attempt, GH_LOGIN_TOKEN where its token proves nothing, GH_LOGIN_AGENT
   * where it is an agent's, and GH_LOGIN_ISSUER.
   */
  reviewerOf(answer: URLSearchParams, attempt: LoginAttempt): Promise<Reviewer>;
}
