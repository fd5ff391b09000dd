/** Where shipped rows go, as the shipping loop needs it. The ClickHouse adapter implements it. */

/** What a chain's last shipped line was: kept with the rows, so that a journal that lost its tail is found out. */
export interface AnchorRow {
  readonly worker: string;
  readonly chain: string;
  readonly segment: number;
  readonly seq: number;
  readonly hash: string;
}

export interface SinkBatch {
  /** JSON objects in UTF-8, one a line, as audit-row.ts makes them. */
  readonly lines: Uint8Array;
  readonly rows: number;
  readonly anchors: readonly AnchorRow[];
  /** The same for the same batch tried again, and for no other: what arrived twice is kept once. */
  readonly token: string;
}

export interface AuditSink {
  /** Resolves once everything is stored. Rejects where it may not be; the same batch is then given again. */
  insert(batch: SinkBatch): Promise<void>;
}
