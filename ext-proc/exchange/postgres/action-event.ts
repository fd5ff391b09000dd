/**
 * One audited action from its decision to its end. Owns the pairing of the two records: an event that was opened is
 * ended exactly once, whatever becomes of its stream.
 */
import type { AuditJournal, EndedRecord, Outcome, Receipt } from '../../domain/audit-event.ts';
import type { Clock } from '../../domain/clock.ts';
import type { EventId, SessionId } from '../../domain/ids.ts';
import type { MaskCounts } from '../../protocols/postgres/rows/mask-counts.ts';

export class ActionEvent {
  readonly eventId: EventId;
  readonly #sessionId: SessionId;
  readonly #startedMs: number;
  /** Bytes from the client that belong to it, and to the client. */
  bytesIn = 0;
  bytesOut = 0;
  /** Rows as counted on the wire; a CommandComplete's own count replaces it. */
  rows = 0;
  /** `rows` is that count. */
  counted = false;
  /** The server has run it and has more of its rows: whatever becomes of those, what it did is done. */
  suspended = false;
  /** The server is reading this COPY's data. */
  copying = false;
  /** The client sent a Sync amid the data: ignored by the server while it reads data, and owed to it if it fails there. */
  syncHeld = false;
  /** What was masked of its rows; undefined while nothing was looked at. */
  masks: MaskCounts | undefined;
  #outcome: Outcome | undefined;

  constructor(eventId: EventId, sessionId: SessionId, startedMs: number) {
    this.eventId = eventId;
    this.#sessionId = sessionId;
    this.#startedMs = startedMs;
  }

  get ended(): boolean {
    return this.#outcome !== undefined;
  }

  /** Undefined while it has not ended. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Appends the `ended` record; undefined where it was ended before. */
  end(journal: AuditJournal, clock: Clock, outcome: Outcome, errorCode = ''): Promise<Receipt> | undefined {
    if (this.#outcome !== undefined) return undefined;
    this.#outcome = outcome;
    const record: EndedRecord = {
      type: 'ended',
      time: clock.nowMs(),
      event_id: this.eventId,
      session_id: this.#sessionId,
      outcome,
      error_code: errorCode,
      duration_ms: Math.max(0, clock.monotonicMs() - this.#startedMs),
      rows: this.rows,
      bytes_in: this.bytesIn,
      bytes_out: this.bytesOut,
      masks: masksOf(this.masks),
    };
    return journal.append(record);
  }
}

const NO_MASKS: Readonly<Record<string, number>> = Object.freeze({});

/** As the record counts them: by kind and, where there is one, column. */
function masksOf(counts: MaskCounts | undefined): Readonly<Record<string, number>> {
  if (counts === undefined) return NO_MASKS;
  const masks: Record<string, number> = {};
  for (const { kind, column, count } of counts.list())
    masks[column === '' ? kind : `${kind}:${column}`] = count;
  return masks;
}
