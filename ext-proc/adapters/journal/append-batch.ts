/** What is appended in one turn of the event loop, with the one promise that all of it shares. */
import type { Receipt, RecordKey } from '../../domain/audit-event.ts';

export interface AppendBatch {
  readonly members: string[];
  readonly heads: RecordKey[];
  /** Length of all members, in UTF-16 units. */
  chars: number;
  readonly promise: Promise<Receipt>;
  acknowledge(): void;
  refuse(error: Error): void;
}

const RECEIPT = Object.freeze({}) as Receipt;

export function createAppendBatch(): AppendBatch {
  const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
  // Whoever appended sees the rejection; who does not look must not bring the process down.
  promise.catch(() => {});
  return {
    members: [],
    heads: [],
    chars: 0,
    promise,
    acknowledge: () => resolve(RECEIPT),
    refuse: reject,
  };
}

/** A promise that is refused at once. */
export function refusal(error: Error): Promise<Receipt> {
  const refused = Promise.reject<Receipt>(error);
  refused.catch(() => {});
  return refused;
}
