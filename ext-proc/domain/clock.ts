/** Time, handed in. Milliseconds since the epoch, and a monotonic clock for durations. */
export interface Clock {
  /** Wall time, milliseconds since the epoch, with fraction. */
  nowMs(): number;
  /** Monotonic milliseconds, with fraction. */
  monotonicMs(): number;
}
