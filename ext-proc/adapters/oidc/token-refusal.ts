/**
 * Why a token is refused: the stable codes and what an agent is told of each. The texts say what to do next and
 * never repeat anything that the token said.
 */
const MESSAGES = {
  GH_TOKEN_MALFORMED:
    'The password is not an access token that the gate can read. Pass the whole signed access token (a JWT of three parts), without "Bearer" or line breaks.',
  GH_TOKEN_TOO_LONG:
    'The access token is longer than 16 KiB. Ask your identity provider for one with fewer groups or claims.',
  GH_TOKEN_HEADER:
    'The token\'s header carries something that the gate does not accept (a key or key address of its own, a critical extension, or an unreadable "kid"). Get a plain access token from your identity provider.',
  GH_TOKEN_TYPE:
    'This is not an access token. Use the access token of the token response, not the ID, refresh or logout token.',
  GH_TOKEN_BOUND:
    'The token is bound to a key or certificate (its "cnf" claim), which the gate cannot check here. Get a bearer token without that binding.',
  GH_TOKEN_ISSUER:
    'The token comes from an issuer that this gate does not know. Get one from the identity provider that the gate is configured for.',
  GH_TOKEN_ALGORITHM:
    'The token is signed with an algorithm that this gate does not accept for its issuer. Get a token signed with one that it does.',
  GH_TOKEN_KEY:
    'The token is signed with a key that its issuer does not publish. Get a new token; if the issuer has just rotated its keys, try again in a few seconds.',
  GH_TOKEN_SIGNATURE: "The token's signature is not valid. Get a new token and pass it unchanged.",
  GH_TOKEN_AUDIENCE:
    "The token was issued for something else. Ask your identity provider for one with this gate's audience.",
  GH_TOKEN_EXPIRED: 'The token has expired. Get a new one from your identity provider and connect again.',
  GH_TOKEN_NOT_YET_VALID:
    'The token is not valid yet. Check the clocks of this machine and of your identity provider, then try again.',
  GH_TOKEN_LIFETIME:
    'The token is valid for longer than this gate accepts. Ask your identity provider for a shorter-lived one.',
  GH_TOKEN_CLAIMS:
    'The token lacks a claim that the gate needs (sub, exp) or has one in a form that it does not accept (act, groups). Ask whoever runs your identity provider.',
  GH_ISSUER_UNREACHABLE:
    "The gate cannot reach the token's issuer to check the token, so access is denied. Try again in a moment; if it lasts, tell whoever runs the gate.",
  GH_TOKEN_UNVERIFIED: 'The token could not be checked, so access is denied. Tell whoever runs the gate.',
} as const;

export type TokenRefusalCode = keyof typeof MESSAGES;

export interface TokenRefusal {
  readonly ok: false;
  readonly code: TokenRefusalCode;
  readonly publicMessage: string;
}

/** The refusal for a code; a value, never thrown. */
export function refuseToken(code: TokenRefusalCode): TokenRefusal {
  return { ok: false, code, publicMessage: MESSAGES[code] };
}

export const TOKEN_REFUSAL_CODES = Object.keys(MESSAGES) as readonly TokenRefusalCode[];
