/**
 * The one error type of the gate. Two texts: `publicMessage` goes to the agent and never echoes payload;
 * `message` is for operators. `code` is stable and asserted in tests (docs/error-codes.md lists them).
 */
export class GatehouseError extends Error {
  readonly code: string;
  readonly publicMessage: string;

  constructor(code: string, publicMessage: string, options?: { message?: string; cause?: unknown }) {
    super(
      options?.message ?? publicMessage,
      options?.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'GatehouseError';
    this.code = code;
    this.publicMessage = publicMessage;
  }
}

/** Exhaustiveness: a switch that reaches this did not handle a case the type allows. */
export function assertNever(value: never): never {
  throw new GatehouseError('GH_INTERNAL', 'internal error', {
    message: `unhandled case: ${JSON.stringify(value)}`,
  });
}
