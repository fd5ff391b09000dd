/**
 * A request's body while it is decided: kept in order, up to what may wait, and handed on when the decision allows.
 * Owns the limit; while more waits than that, nothing is read from the client.
 */
import { LIMITS } from '../../domain/limits.ts';

/** What has come of a body when its reader is told. */
export type Intake =
  | { readonly kind: 'whole'; readonly body: Buffer }
  /** With what is kept of it. */
  | { readonly kind: 'large'; readonly chunks: readonly Buffer[] }
  | { readonly kind: 'closed' };

/** Bytes that wait in all intakes of a worker: many bodies that never end are as much as a few that are large. */
export interface WaitingBytes {
  bytes: number;
}

export class RequestIntake {
  readonly #hold: (held: boolean) => void;
  readonly #waitingInAll: WaitingBytes;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #closed = false;
  #held = false;
  #limit = Infinity;
  #waiting: ((intake: Intake) => void) | undefined;
  #forward: ((chunk: Buffer, end: boolean) => void) | undefined;

  constructor(hold: (held: boolean) => void, waitingInAll: WaitingBytes = { bytes: 0 }) {
    this.#hold = hold;
    this.#waitingInAll = waitingInAll;
  }

  receive(chunk: Buffer, end: boolean): void {
    if (this.#forward !== undefined) return this.#forward(chunk, end);
    if (chunk.length > 0) {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#waitingInAll.bytes += chunk.length;
    }
    if (end) this.#ended = true;
    if (this.#waiting !== undefined) this.#answer();
    else if (this.#bytes > LIMITS.httpWaitingBytesHigh && !this.#held) this.#hold((this.#held = true));
  }

  /** The body once its end has come, or the word that it is larger than `bytesMax`. What was kept stays kept. */
  whole(bytesMax: number): Promise<Intake> {
    this.#limit = bytesMax;
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#answer();
    });
  }

  #answer(): void {
    const intake = this.#read();
    if (intake === undefined) return;
    this.#waiting?.(intake);
    this.#waiting = undefined;
  }

  #read(): Intake | undefined {
    if (this.#closed) return { kind: 'closed' };
    if (this.#bytes > this.#limit) return { kind: 'large', chunks: this.#chunks };
    if (!this.#ended) return undefined;
    const [only] = this.#chunks;
    return {
      kind: 'whole',
      body: this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks),
    };
  }

  /** From here on everything goes to `forward`, what was kept first. */
  release(forward: (chunk: Buffer, end: boolean) => void): void {
    const chunks = this.#takeChunks();
    this.#forward = forward;
    const last = chunks.pop();
    for (const chunk of chunks) forward(chunk, false);
    if (last !== undefined) forward(last, this.#ended);
    else if (this.#ended) forward(Buffer.alloc(0), true);
    if (this.#held) this.#hold((this.#held = false));
  }

  /** The stream is gone: nobody is kept waiting, and nothing is kept. */
  close(): void {
    this.#closed = true;
    this.#takeChunks();
    this.#forward = () => undefined;
    this.#answer();
  }

  #takeChunks(): Buffer[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#waitingInAll.bytes -= chunks.reduce((sum, { length }) => sum + length, 0);
    return chunks;
  }
}
