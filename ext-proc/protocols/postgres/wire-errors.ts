/**
 * The stable codes of everything the PostgreSQL codec can refuse, and how each is told to a client.
 * No text here holds a byte of what was received.
 */

interface WireErrorText {
  /** SQLSTATE, PostgreSQL 18 appendix A. */
  readonly sqlstate: string;
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
}

const DRIVER_HINT =
  'Update the client driver, or report the message to its maintainers; the connection is closed.';

export const WIRE_ERRORS = {
  GH_PG_FRAME_LENGTH: {
    sqlstate: '08P01',
    message: 'a message has an impossible length field',
    hint: DRIVER_HINT,
  },
  GH_PG_FRAME_TOO_LARGE: {
    sqlstate: '54000',
    message: 'a message is larger than the gate accepts',
    hint: 'Send the data in smaller statements, or load it with COPY.',
  },
  GH_PG_FRAME_TYPE: {
    sqlstate: '08P01',
    message: 'a message has an unknown type',
    hint: DRIVER_HINT,
  },
  GH_PG_STARTUP_LENGTH: {
    sqlstate: '08P01',
    message: 'the startup packet has an impossible length',
    hint: 'Check that the client speaks the PostgreSQL protocol to this address.',
  },
  GH_PG_STARTUP_LAYOUT: {
    sqlstate: '08P01',
    message: 'the startup packet does not end where its length says',
    hint: DRIVER_HINT,
  },
  GH_PG_STARTUP_DUPLICATE: {
    sqlstate: '08P01',
    message: 'the startup packet names a parameter twice',
    hint: 'Send each connection parameter once.',
  },
  GH_PG_STARTUP_VERSION: {
    sqlstate: '0A000',
    message: 'the requested protocol version is not supported: the gate speaks 3.0 to 3.2',
    hint: 'Use a client that speaks version 3 of the protocol.',
  },
  GH_PG_CANCEL_KEY: {
    sqlstate: '08P01',
    message: 'the cancel request has a key of impossible length',
    hint: DRIVER_HINT,
  },
  GH_PG_ENCODING: {
    sqlstate: '22021',
    message: 'a text of the message is not valid UTF-8',
    hint: 'Set client_encoding to UTF8 and send statements in it.',
  },
  GH_PG_MESSAGE_TRUNCATED: {
    sqlstate: '08P01',
    message: 'a field of the message runs past its end',
    hint: DRIVER_HINT,
  },
  GH_PG_MESSAGE_TRAILING: {
    sqlstate: '08P01',
    message: 'the message goes on after its last field',
    hint: DRIVER_HINT,
  },
  GH_PG_MESSAGE_UNTERMINATED: {
    sqlstate: '08P01',
    message: 'a text of the message has no end',
    hint: DRIVER_HINT,
  },
  GH_PG_MESSAGE_VALUE: {
    sqlstate: '08P01',
    message: 'a field of the message has a value outside of the protocol',
    hint: DRIVER_HINT,
  },
  GH_PG_NAME_TOO_LONG: {
    sqlstate: '42622',
    message: 'the name of a prepared statement or portal is longer than 63 bytes',
    hint: 'Use a shorter name: PostgreSQL itself tells names apart by their first 63 bytes only.',
  },
  GH_PG_MASK_PLAN: {
    sqlstate: '0A000',
    message: 'what the columns of this result hold cannot be told, so that they cannot be masked',
    hint: 'Name the columns of tables one by one, and run the statement again if a table was altered meanwhile.',
  },
  GH_PG_MASK_LAYOUT: {
    sqlstate: '08P01',
    message: 'the rows do not agree with their description, so that they cannot be masked',
    hint: 'Run the statement again: a table may have been altered meanwhile.',
  },
  GH_PG_MASK_TOO_LARGE: {
    sqlstate: '54000',
    message: 'a row is larger than the gate can hold to mask it',
    hint: 'Select fewer columns, large ones last, or parts of large values.',
  },
  GH_PG_MASK_COPY: {
    sqlstate: '0A000',
    message: 'these options of COPY leave it open where a value ends, so that values cannot be masked',
    hint: 'Use COPY with its default delimiter, quote, escape and null string, and the client encoding UTF8.',
  },
} as const satisfies Record<string, WireErrorText>;

export type WireErrorCode = keyof typeof WIRE_ERRORS;

/** A decoder's refusal. */
export interface DecodeFailure {
  readonly ok: false;
  readonly code: WireErrorCode;
}

const FAILURES = new Map<WireErrorCode, DecodeFailure>(
  (Object.keys(WIRE_ERRORS) as WireErrorCode[]).map((code) => [code, Object.freeze({ ok: false, code })]),
);

/** The refusal with this code: one frozen object for each, as hostile input should not even cost an allocation. */
export function decodeFailure(code: WireErrorCode): DecodeFailure {
  return FAILURES.get(code) as DecodeFailure;
}
