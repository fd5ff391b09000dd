/**
 * An answer on its way to the client: its header by the plan, its body decoded where it is compressed and masked as it
 * comes, and its end only behind its record. Owns the order of what goes out.
 */
import { GatehouseError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { BodyTransform } from '../../protocols/http/body/body-masking.ts';
import type { BodyDecoder } from '../../protocols/http/body/content-encoding.ts';

const NONE: readonly Buffer[] = [];

/** Takes what may go on; `end` is behind the record. */
export interface ResponseSink {
  send(pieces: readonly Buffer[], end: boolean): void;
  /** What goes on, before the end is recorded. */
  count(pieces: readonly Buffer[]): void;
  /** Records the end; resolves when it may be released. Rejects where it cannot be recorded. */
  recorded(): Promise<unknown>;
  /** While held nothing more is read: too much waits to be decoded. */
  hold(held: boolean): void;
  /** Nothing more may go on: the client must not take what it has for the whole. */
  failed(code: string, error: unknown): void;
}

export class ResponseBody {
  readonly #sink: ResponseSink;
  readonly #transform: BodyTransform | undefined;
  readonly #decoder: BodyDecoder | undefined;
  /** Decoding takes its time: chunks wait for those before them. */
  #queue: Promise<void> | undefined;
  /** Bytes of chunks that wait there. */
  #waiting = 0;
  #held = false;
  #failed = false;
  /** May go on, and does with the end where that came in the same read: servers send it as a chunk of its own. */
  #due: readonly Buffer[] = NONE;

  constructor(sink: ResponseSink, transform: BodyTransform | undefined, decoder: BodyDecoder | undefined) {
    this.#sink = sink;
    this.#transform = transform;
    this.#decoder = decoder;
  }

  receive(chunk: Buffer, end: boolean): void {
    if (this.#failed) return;
    const decoder = this.#decoder;
    if (decoder === undefined) return this.#take(chunk.length === 0 ? [] : [chunk], end);
    this.#wait(chunk.length);
    this.#queue = (this.#queue ?? Promise.resolve()).then(async () => {
      if (this.#failed) return;
      try {
        const pieces = chunk.length === 0 ? [] : await decoder.push(chunk);
        this.#take(end ? [...pieces, ...(await decoder.end())] : pieces, end);
      } catch (error) {
        this.#fail(error);
      }
      this.#wait(-chunk.length);
    });
  }

  /** Some bytes of a compressed body can take long to be decoded and masked: a server must not get ahead of that. */
  #wait(bytes: number): void {
    this.#waiting += bytes;
    const held = this.#waiting > LIMITS.httpWaitingBytesHigh / (this.#held ? 2 : 1);
    if (held === this.#held) return;
    this.#held = held;
    this.#sink.hold(held);
  }

  /** The end is told by trailers: what is held goes out before them. Resolves when they may follow. */
  async finish(): Promise<boolean> {
    await this.#queue;
    if (this.#failed) return false;
    try {
      const decoded = (await this.#decoder?.end()) ?? [];
      const pieces = this.#withDue(this.#masked(decoded, true));
      await this.#sink.recorded();
      if (pieces.length > 0) this.#sink.send(pieces, false);
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** The stream is gone: nothing more is decoded. */
  close(): void {
    this.#failed = true;
    this.#due = NONE;
    this.#decoder?.destroy();
  }

  #take(chunks: readonly Buffer[], end: boolean): void {
    let pieces: readonly Buffer[];
    try {
      pieces = this.#masked(chunks, end);
    } catch (error) {
      return this.#fail(error);
    }
    if (!end) {
      if (pieces.length === 0) return;
      if (this.#due.length === 0) queueMicrotask(() => this.#sendDue());
      this.#due = this.#withDue(pieces);
      return;
    }
    const last = this.#withDue(pieces);
    this.#sink.recorded().then(
      () => this.#sink.send(last, true),
      (error: unknown) => this.#fail(error),
    );
  }

  #sendDue(): void {
    const pieces = this.#withDue(NONE);
    if (pieces.length > 0) this.#sink.send(pieces, false);
  }

  /** Takes what is due: behind it come these. */
  #withDue(pieces: readonly Buffer[]): readonly Buffer[] {
    const due = this.#due;
    this.#due = NONE;
    return due.length === 0 ? pieces : [...due, ...pieces];
  }

  #masked(chunks: readonly Buffer[], end: boolean): readonly Buffer[] {
    const transform = this.#transform;
    const pieces = transform === undefined ? chunks : chunks.flatMap((chunk) => transform.push(chunk));
    const all = end && transform !== undefined ? [...pieces, ...transform.end()] : pieces;
    this.#sink.count(all);
    return all;
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#due = NONE;
    this.#sink.failed(error instanceof GatehouseError ? error.code : 'GH_INTERNAL', error);
  }
}
