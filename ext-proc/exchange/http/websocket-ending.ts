/** How a WebSocket ends: what its record says, and what each side is told (RFC 6455 section 7.4.1). */
import type { Outcome } from '../../domain/audit-event.ts';

export interface WebSocketEnding {
  readonly outcome: Outcome;
  /** A code of the gate's, or a Close code; empty where the outcome is `ok`. */
  readonly code: string;
  readonly client: ClosingWords;
  readonly server: ClosingWords;
}

export interface ClosingWords {
  /** Undefined: none, as a Close may have it. */
  readonly code: number | undefined;
  readonly reason: string;
}

const REASON_CHARACTERS_MAX = 123;

/** A rule, or a code of the gate's, and the event's or the approval's id whole, in what a Close frame may hold. */
export function closingReason(rule: string, id: string): string {
  return `${rule.slice(0, REASON_CHARACTERS_MAX - id.length - 1)} ${id}`;
}

/** A session that its peers have ended: by going away or being done it went well. */
export function normalEnd(code: number | undefined): Pick<WebSocketEnding, 'outcome' | 'code'> {
  const isWell = code === undefined || code === 1000 || code === 1001;
  return isWell ? { outcome: 'ok', code: '' } : { outcome: 'error', code: String(code) };
}

/** A session that the gate ends, whatever is said in it: 1001 where it stops, and may be asked again at once. */
export function endingOf(code: string): WebSocketEnding {
  return {
    outcome: 'aborted',
    code,
    client: { code: code === 'GH_DRAINED' ? 1001 : 1008, reason: code },
    server: { code: 1001, reason: '' },
  };
}
