/**
 * What came from the target in one attempt, message by message, and the readings of it that entries and the search
 * need. Never throws: a target may send anything.
 */
import { decodeCommandComplete, decodeDataRow, decodeErrorFields } from '../protocols/postgres/backend.ts';
import { BACKEND } from '../protocols/postgres/message-types.ts';

const HEADER_BYTES = 5;

export interface ReceivedMessage {
  readonly session: string;
  readonly type: number;
  readonly wire: Buffer;
}

export class Received {
  readonly messages: ReceivedMessage[] = [];
  /** Why it ended early: a lost connection, no answer in time. */
  broken: string | undefined;

  add(message: ReceivedMessage): void {
    this.messages.push(message);
  }

  #of(type: number): readonly ReceivedMessage[] {
    return this.messages.filter((message) => message.type === type);
  }

  /** Fields as they came, text or binary; null is undefined. */
  rows(): readonly (readonly (Buffer | undefined)[])[] {
    return this.#of(BACKEND.DataRow).map(({ wire }) => {
      const row = decodeDataRow(wire);
      return row.ok ? row.values.map((value) => value ?? undefined) : [wire.subarray(HEADER_BYTES)];
    });
  }

  /** All fields of all rows as text, row by row; null is an empty text. */
  texts(): readonly string[] {
    return this.rows().flatMap((row) => row.map((field) => field?.toString('utf8') ?? ''));
  }

  /** COPY data in one piece: rows may lie across messages. */
  copied(): Buffer {
    return Buffer.concat(this.#of(BACKEND.CopyData).map(({ wire }) => wire.subarray(HEADER_BYTES)));
  }

  /** The fields of errors and notices. */
  complaints(type: 'error' | 'notice'): readonly ReadonlyMap<string, string>[] {
    return this.#of(type === 'error' ? BACKEND.ErrorResponse : BACKEND.NoticeResponse).flatMap(({ wire }) => {
      const decoded = decodeErrorFields(wire);
      return decoded.ok ? [decoded.fields] : [];
    });
  }

  /** The first refusal, in one line. */
  refusal(): string | undefined {
    const fields = this.complaints('error')[0];
    return fields === undefined ? this.broken : `${fields.get('C') ?? '?'} ${fields.get('M') ?? ''}`;
  }

  /**
   * What an answer says, to be held against another: rows, copied data, command tags and SQLSTATEs. Texts of errors
   * are left out, since they repeat what was asked, and name events that are never the same.
   */
  answer(): string {
    const rows = this.rows().map((row) => row.map((field) => field?.toString('latin1') ?? null));
    return JSON.stringify([rows, this.copied().toString('latin1'), ...this.#outcome()]);
  }

  /** The same without contents: where a target answers at random, numbers of rows may still differ. */
  shape(): string {
    return JSON.stringify([this.rows().length, ...this.#outcome()]);
  }

  /** What commands say when they are done: `UPDATE 1`. */
  tags(): readonly string[] {
    return this.#of(BACKEND.CommandComplete).map(({ wire }) => {
      const decoded = decodeCommandComplete(wire);
      return decoded.ok ? decoded.tag : '?';
    });
  }

  #outcome(): readonly unknown[] {
    const codes = [...this.complaints('error'), ...this.complaints('notice')].map((each) => each.get('C'));
    return [this.tags(), codes, this.broken ?? null];
  }
}
