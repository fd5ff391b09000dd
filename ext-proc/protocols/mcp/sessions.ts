/**
 * Sessions of 2025-11-25 and earlier, bound to who opened them (Transports, Session Management; Security Best
 * Practices, Session Hijacking). The client gets an id of the gate's own: the server's, sealed with the principal and
 * the upstream. So any worker with the key can tell whose it is, and nothing has to be kept. `Last-Event-ID` is a
 * cursor within a session and passes as it is.
 */
import { timingSafeEqual } from 'node:crypto';
import { LIMITS } from '../../domain/limits.ts';
import type { Principal } from '../../domain/principal.ts';

/** HMAC-SHA-256 of prefix and message under the gate's key, all latin1: `hmacSha256` of masking/styles. */
export type SessionHmac = (prefix: string, message: string) => string;

export type SessionRead =
  | { readonly ok: true; readonly upstreamSessionId: string }
  /** 404: the client starts anew with `initialize` (Session Management, 4). */
  | {
      readonly ok: false;
      readonly status: 404;
      readonly code: 'GH_MCP_SESSION';
      readonly publicMessage: string;
    };

export interface McpSessions {
  /**
   * The id for the client; undefined where the server's own is longer than the limit or not of visible ASCII (Session
   * Management, 1): the answer is withheld then.
   */
  seal(upstreamSessionId: string, upstream: string, principal: Principal): string | undefined;
  /** The server's id, where this one was made for this principal at this upstream. */
  open(sessionId: string, upstream: string, principal: Principal): SessionRead;
}

const PREFIX = 'gatehouse mcp session 1\n';
const FORM = /^1\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
const VISIBLE = /^[\x21-\x7e]+$/;
const UNKNOWN = {
  ok: false,
  status: 404,
  code: 'GH_MCP_SESSION',
  publicMessage: 'no such session of this principal: start a new one with initialize',
} as const;

export function createMcpSessions(hmac: SessionHmac): McpSessions {
  const mac = (upstreamSessionId: string, upstream: string, principal: Principal): Buffer => {
    const { issuer, subject, onBehalfOf } = principal;
    const bound = JSON.stringify([upstream, issuer, subject, onBehalfOf ?? null, upstreamSessionId]);
    return Buffer.from(hmac(PREFIX, Buffer.from(bound, 'utf8').toString('latin1')), 'latin1');
  };
  return {
    seal(upstreamSessionId, upstream, principal) {
      if (upstreamSessionId.length > LIMITS.mcpSessionIdCharactersMax || !VISIBLE.test(upstreamSessionId)) {
        return undefined;
      }
      const id = Buffer.from(upstreamSessionId, 'latin1').toString('base64url');
      return `1.${id}.${mac(upstreamSessionId, upstream, principal).toString('base64url')}`;
    },
    open(sessionId, upstream, principal) {
      if (sessionId.length > 2 * LIMITS.mcpSessionIdCharactersMax) return UNKNOWN;
      const [, id, seal] = FORM.exec(sessionId) ?? [];
      if (id === undefined || seal === undefined) return UNKNOWN;
      const upstreamSessionId = Buffer.from(id, 'base64url').toString('latin1');
      const given = Buffer.from(seal, 'base64url');
      const expected = mac(upstreamSessionId, upstream, principal);
      const isSealed = given.length === expected.length && timingSafeEqual(given, expected);
      return isSealed && VISIBLE.test(upstreamSessionId) ? { ok: true, upstreamSessionId } : UNKNOWN;
    },
  };
}
