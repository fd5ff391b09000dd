/** Reading the evidence back: what the console shows an auditor. Masked already, as it was written. */

/** One row of `events`, with what a person reads of it. */
export interface EvidenceEvent {
  /** RFC 3339, UTC, to the microsecond. */
  readonly time: string;
  readonly eventId: string;
  readonly sessionId: string;
  readonly subject: string;
  readonly onBehalfOf: string;
  readonly clientAddress: string;
  readonly upstream: string;
  readonly protocol: string;
  readonly kind: string;
  readonly decision: string;
  readonly rule: string;
  readonly reason: string;
  readonly outcome: string;
  readonly errorCode: string;
  readonly status: number;
  readonly durationMs: number;
  readonly rows: number;
  readonly database: string;
  readonly tool: string;
  readonly statement: string;
  readonly approvalId: string;
  readonly actionDigest: string;
  readonly details: Readonly<Record<string, string>>;
}

/** A place in a list of events, newest first. */
export interface EvidencePlace {
  readonly time: string;
  readonly eventId: string;
}

export interface EvidenceSearch {
  /** Every word is in the event's subject, words, rule, statement or ids, whatever its case. None: any event. */
  readonly words: readonly string[];
  /** Those older than this one. */
  readonly before: EvidencePlace | undefined;
  readonly limit: number;
}

/** Every method rejects with GH_EVIDENCE_UNAVAILABLE where ClickHouse cannot be asked. */
export interface EvidenceReader {
  /** Newest first. */
  search(search: EvidenceSearch): Promise<readonly EvidenceEvent[]>;
  /** Of one session, oldest first, whatever the protocol; its newest where there are more. */
  timeline(sessionId: string, limit: number): Promise<readonly EvidenceEvent[]>;
  close(): Promise<void>;
}
