/**
 * The order in which bytes of one direction leave. What was decided leaves only once its record is appended, and
 * nothing overtakes it: bytes that need no record of their own wait behind those that do (I1).
 */
import type { Receipt } from '../domain/audit-event.ts';

interface Segment {
  readonly pieces: Buffer[];
  bytes: number;
  receipt: Promise<Receipt> | undefined;
  ready: boolean;
  end: boolean;
}

/**
 * What may leave at once waits for a record that follows in the same batch, up to so many bytes: one message to Envoy
 * in place of two costs less than the moment that the first part gains.
 */
const JOINED_BYTES_MAX = 65_536;

export class ReleaseQueue {
  readonly #send: (pieces: readonly Buffer[], end: boolean) => void;
  readonly #onFailure: (error: unknown) => void;
  #segments: Segment[] = [];
  #closed = false;
  #waitingBytes = 0;
  #onEmpty: (() => void) | undefined;

  /**
   * `send` takes what may leave, in order; `onFailure` is called once when a record could not be appended, after which
   * nothing leaves any more.
   */
  constructor(send: (pieces: readonly Buffer[], end: boolean) => void, onFailure: (error: unknown) => void) {
    this.#send = send;
    this.#onFailure = onFailure;
  }

  /** Bytes that wait for a record. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Bytes of an action, or of the end of its answer: they leave when the record's receipt is there. */
  releaseAfter(receipt: Promise<Receipt>, bytes: Buffer): void {
    if (this.#closed) return;
    this.#waitingBytes += bytes.length;
    const tail = this.#segments.at(-1);
    if (tail !== undefined && tail.receipt === receipt) return append(tail, bytes);
    const joins =
      tail?.receipt === undefined && tail !== undefined && tail.bytes + bytes.length <= JOINED_BYTES_MAX;
    const segment = joins ? tail : this.#add();
    append(segment, bytes);
    segment.receipt = receipt;
    segment.ready = false;
    receipt.then(
      () => {
        segment.ready = true;
        this.flush();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /**
   * Bytes that are no action: the gate's own fixed bytes, protocol bytes that carry nothing (Sync, Flush), and the
   * body of an answer whose action was released before.
   */
  release(bytes: Buffer): void {
    if (this.#closed) return;
    this.#waitingBytes += bytes.length;
    append(this.#tail(), bytes);
  }

  /** Ends the direction behind everything that waits. */
  end(): void {
    if (this.#closed) return;
    this.#tail().end = true;
  }

  /** Sends what may leave now, as one. Call it once for a batch of `release` calls. */
  flush(): void {
    if (this.#closed) return;
    let head = this.#segments[0];
    if (head?.ready === true) {
      const { pieces } = head;
      let { bytes, end } = head;
      this.#segments.shift();
      for (head = this.#segments[0]; head?.ready === true && !end; head = this.#segments[0]) {
        for (const piece of head.pieces) pieces.push(piece);
        bytes += head.bytes;
        end = head.end;
        this.#segments.shift();
      }
      this.#waitingBytes -= bytes;
      if (end) this.#closed = true;
      this.#send(pieces, end);
    }
    if (this.#segments.length === 0 && !this.#closed) this.#empty();
  }

  /** Calls back once, when nothing waits any more; not at all where the queue is closed before. */
  whenEmpty(callback: () => void): void {
    this.#onEmpty = callback;
    this.flush();
  }

  #empty(): void {
    const callback = this.#onEmpty;
    this.#onEmpty = undefined;
    callback?.();
  }

  /** Drops what waits: nothing more leaves. */
  close(): void {
    this.#closed = true;
    this.#segments = [];
    this.#waitingBytes = 0;
  }

  #tail(): Segment {
    const tail = this.#segments.at(-1);
    if (tail !== undefined) return tail;
    return this.#add();
  }

  #add(): Segment {
    const segment: Segment = { pieces: [], bytes: 0, receipt: undefined, ready: true, end: false };
    this.#segments.push(segment);
    return segment;
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#onFailure(error);
  }
}

function append(segment: Segment, bytes: Buffer): void {
  segment.pieces.push(bytes);
  segment.bytes += bytes.length;
}
