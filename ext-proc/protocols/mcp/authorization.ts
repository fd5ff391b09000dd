/**
 * How a client finds out where to get a token (2026-07-28 and 2025-11-25, Authorization): the metadata of a protected
 * resource (RFC 9728) and the challenge that points to it (RFC 9728 section 5.1, RFC 6750 section 3).
 */

export interface ProtectedResource {
  /** The canonical URI of the MCP endpoint as clients use it: scheme, host, path; no query, no fragment. */
  readonly resource: string;
  /** Issuers; at least one (Authorization Server Discovery). */
  readonly authorizationServers: readonly string[];
  /** For people. */
  readonly name?: string;
  /** What a client asks for where a challenge names no scope. Never `offline_access` (Refresh Tokens). */
  readonly scopes?: readonly string[];
}

export interface Challenge {
  readonly resource: string;
  /** Absent where no credentials were shown (RFC 6750 section 3.1). */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope';
  readonly description?: string;
  readonly scopes?: readonly string[];
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/**
 * Paths at which the document of a resource is looked for, in the order of the specification: with the endpoint's path
 * after the well-known one (RFC 9728 section 3.1), then without.
 */
export function metadataPaths(resourcePath: string): readonly string[] {
  const path = resourcePath === '/' ? '' : resourcePath;
  return path === '' ? [WELL_KNOWN] : [`${WELL_KNOWN}${path}`, WELL_KNOWN];
}

/**
 * The path of the resource that a request for metadata is about: empty for the document at the root, which is that of
 * the only resource there; undefined where the request is for something else.
 */
export function resourcePathOf(requestPath: string): string | undefined {
  if (requestPath === WELL_KNOWN || requestPath === `${WELL_KNOWN}/`) return '';
  return requestPath.startsWith(`${WELL_KNOWN}/`) ? requestPath.slice(WELL_KNOWN.length) : undefined;
}

/** Where the document of a resource is, as a challenge names it. `resource` is an absolute URI. */
export function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}${metadataPaths(pathname)[0]}`;
}

/** The document, to be sent as `application/json` (RFC 9728 section 2). */
export function protectedResourceMetadata(resource: ProtectedResource): Buffer {
  const { authorizationServers, name, scopes } = resource;
  return Buffer.from(
    JSON.stringify({
      resource: resource.resource,
      authorization_servers: authorizationServers,
      bearer_methods_supported: ['header'],
      ...(name === undefined ? {} : { resource_name: name }),
      ...(scopes === undefined || scopes.length === 0 ? {} : { scopes_supported: scopes }),
    }),
    'utf8',
  );
}

/** The value of `WWW-Authenticate` for 401, and for 403 with `insufficient_scope`. */
export function challengeValue({ resource, error, description, scopes }: Challenge): string {
  const parameters = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(description === undefined ? [] : [`error_description="${quotable(description)}"`]),
    ...(scopes === undefined || scopes.length === 0 ? [] : [`scope="${quotable(scopes.join(' '))}"`]),
    `resource_metadata="${metadataUrl(resource)}"`,
  ];
  return `Bearer ${parameters.join(', ')}`;
}

/** RFC 6750 section 3: neither quotes nor backslashes, nor anything outside of ASCII's printable part. */
const quotable = (text: string): string =>
  text.replaceAll('"', "'").replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
