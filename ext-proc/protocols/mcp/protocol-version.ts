/**
 * The versions of the protocol that the gate reads, and what separates them. 2026-07-28 carries version and
 * capabilities in each request (`_meta`); the earlier ones agree on them in `initialize` and may keep a session.
 */

/** `_meta` keys of a request (2026-07-28, Overview, `_meta`). */
export const VERSION_META_KEY = 'io.modelcontextprotocol/protocolVersion';
export const CAPABILITIES_META_KEY = 'io.modelcontextprotocol/clientCapabilities';

/** Versions that a message may name, newest first; 2024-11-05 only as what Streamable HTTP clients still negotiate. */
export const SUPPORTED_VERSIONS: readonly string[] = [
  '2026-07-28',
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
];

const PER_REQUEST = new Set(['2026-07-28']);

export const isSupportedVersion = (version: string): boolean => SUPPORTED_VERSIONS.includes(version);

/** Whether this version describes itself in each request ("modern" in the specification's Versioning page). */
export const isPerRequestVersion = (version: string): boolean => PER_REQUEST.has(version);
