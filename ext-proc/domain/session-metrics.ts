/** What an exchange counts; the worker turns it into Prometheus series. Nothing of a payload is in it. */
export interface SessionMetrics {
  sessionOpened(): void;
  sessionClosed(): void;
  /** A decision, with the upstream and the rule's verdict. */
  decided(upstream: string, verdict: 'allow' | 'deny' | 'hold'): void;
  /** Time spent in a stage of the walk, in milliseconds. */
  stage(stage: 'describe' | 'decide' | 'record' | 'login', durationMs: number): void;
  /** A handshake that ended without a session, by its stable code. */
  refused(code: string): void;
}
