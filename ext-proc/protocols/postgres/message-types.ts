/**
 * The type bytes of PostgreSQL's messages, under PostgreSQL's own names.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", section "Message Formats" (protocol 3.0 and 3.2).
 * Owns names and sets only; knows nothing of contents.
 */

/** What a client sends. Password, SASL and GSS answers share one byte; what it means depends on what was asked. */
export const FRONTEND = {
  Bind: 0x42,
  Close: 0x43,
  CopyData: 0x64,
  CopyDone: 0x63,
  CopyFail: 0x66,
  Describe: 0x44,
  Execute: 0x45,
  Flush: 0x48,
  FunctionCall: 0x46,
  Parse: 0x50,
  PasswordMessage: 0x70,
  Query: 0x51,
  Sync: 0x53,
  Terminate: 0x58,
} as const;

/** What a server sends. All `Authentication…` messages share one byte and are told apart by their first field. */
export const BACKEND = {
  Authentication: 0x52,
  BackendKeyData: 0x4b,
  BindComplete: 0x32,
  CloseComplete: 0x33,
  CommandComplete: 0x43,
  CopyBothResponse: 0x57,
  CopyData: 0x64,
  CopyDone: 0x63,
  CopyInResponse: 0x47,
  CopyOutResponse: 0x48,
  DataRow: 0x44,
  EmptyQueryResponse: 0x49,
  ErrorResponse: 0x45,
  FunctionCallResponse: 0x56,
  NegotiateProtocolVersion: 0x76,
  NoData: 0x6e,
  NoticeResponse: 0x4e,
  NotificationResponse: 0x41,
  ParameterDescription: 0x74,
  ParameterStatus: 0x53,
  ParseComplete: 0x31,
  PortalSuspended: 0x73,
  ReadyForQuery: 0x5a,
  RowDescription: 0x54,
} as const;

/** Every type a client may send at some time of a session; which are legal now is the session's business. */
export const FRONTEND_TYPES: ReadonlySet<number> = new Set(Object.values(FRONTEND));

/** Every type a server may send at some time of a session. */
export const BACKEND_TYPES: ReadonlySet<number> = new Set(Object.values(BACKEND));

/** The second field of an `Authentication…` message. */
export const AUTHENTICATION = {
  Ok: 0,
  KerberosV5: 2,
  CleartextPassword: 3,
  MD5Password: 5,
  GSS: 7,
  GSSContinue: 8,
  SSPI: 9,
  SASL: 10,
  SASLContinue: 11,
  SASLFinal: 12,
} as const;
