/**
 * When a batch of records is written: at the end of the event loop's turn, so that all sessions of that turn share one
 * write; or at the end of the callback that appended, while sessions have been coming one at a time. Waiting for the
 * turn's end then gains nothing, and costs each action another round of the loop, twice.
 */

/** Batches in a row that nobody shared, after which the next are not held for the turn's end. */
const ALONE_MIN = 16;

export interface FlushScheduleOptions {
  /** Runs the callback at the end of this turn of the loop (`setImmediate`). */
  readonly atTurnsEnd: (callback: () => void) => void;
  /** Runs it when the callback at hand is done (`queueMicrotask`). */
  readonly atCallbacksEnd: (callback: () => void) => void;
}

export class FlushSchedule {
  readonly #options: FlushScheduleOptions;
  #alone = 0;
  #flushesThisTurn = 0;
  #turnWatched = false;

  constructor(options: FlushScheduleOptions = { atTurnsEnd: setImmediate, atCallbacksEnd: queueMicrotask }) {
    this.#options = options;
  }

  /** A batch has begun: `flush` is called once for it. `shared` tells then whether several sessions are in it. */
  schedule(flush: () => void, shared: () => boolean): void {
    if (this.#alone < ALONE_MIN) {
      this.#options.atTurnsEnd(() => {
        this.#alone = shared() ? 0 : this.#alone + 1;
        flush();
      });
      return;
    }
    if (++this.#flushesThisTurn > 1) this.#alone = 0;
    this.#watchTurn();
    this.#options.atCallbacksEnd(flush);
  }

  #watchTurn(): void {
    if (this.#turnWatched) return;
    this.#turnWatched = true;
    this.#options.atTurnsEnd(() => {
      this.#turnWatched = false;
      this.#flushesThisTurn = 0;
    });
  }
}
