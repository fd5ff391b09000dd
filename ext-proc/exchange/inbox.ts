/**
 * Bytes of one peer during a handshake, taken by a procedure that reads one packet after the other. Bounded.
 */
import { GatehouseError } from '../domain/errors.ts';

export class Inbox {
  readonly #bytesMax: number;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): void {
    if (this.#bytes.length + chunk.length > this.#bytesMax) {
      this.fail(
        new GatehouseError('GH_HANDSHAKE_TOO_LARGE', 'too much was sent before the handshake was done'),
      );
      return;
    }
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#notify();
  }

  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Makes this and every later `next` reject. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#notify();
  }

  /** Bytes that nobody has taken. */
  get pending(): number {
    return this.#bytes.length;
  }

  /** Takes everything that is left. */
  drain(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = Buffer.alloc(0);
    return bytes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The next packet: `decode` looks at everything received so far and gives the packet with its length, or undefined
   * where more is needed. Rejects with `GH_HANDSHAKE_CLOSED` where the peer has ended before.
   */
  async next<T>(decode: (bytes: Buffer) => { value: T; consumed: number } | undefined): Promise<T> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const decoded = this.#bytes.length === 0 ? undefined : decode(this.#bytes);
      if (decoded !== undefined) {
        this.#bytes = this.#bytes.subarray(decoded.consumed);
        return decoded.value;
      }
      if (this.#ended)
        throw new GatehouseError('GH_HANDSHAKE_CLOSED', 'the connection closed during the handshake');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
