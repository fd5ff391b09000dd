/** The limits of every buffer, in one place. Units last in names. */
export const LIMITS = {
  /** A frontend message before authentication: startup packets and tokens. PostgreSQL's own limit is 10,000. */
  startupPacketBytesMax: 10_000,
  /** A password message carrying a token. */
  passwordMessageBytesMax: 65_536,
  /** A message of an upstream's during the gate's login. */
  loginMessageBytesMax: 65_536,
  /** Everything of one side that waits to be read during a handshake. */
  handshakeBytesMax: 131_072,
  /** A frontend message that is decided as a whole (Query, Parse, Bind). */
  decidedMessageBytesMax: 16 * 1_048_576,
  /** Bytes of a client's that wait while an earlier message of it is being decided. */
  frontendBufferBytesMax: 20 * 1_048_576,
  /** A statement's text that the parser is asked to read; a longer one is unknown. */
  statementBytesMax: 1_048_576,
  /** Characters of a statement that its record holds; the action digest covers all of it. */
  recordTextCharactersMax: 65_536,
  /** A control message of the server that is buffered whole (not DataRow, not CopyData). */
  backendControlMessageBytesMax: 16 * 1_048_576,
  /** PostgreSQL's own limit on a message's length. */
  messageBytesMax: 0x3fff_ffff,
  /** A row, or a record of COPY, that is held whole so that its values can be masked or scanned. */
  maskedRowBytesMax: 1_048_576,
  /** A larger value is scanned in pieces of this size, each of which sees so much of the next. */
  maskWindowBytes: 262_144,
  maskWindowOverlapBytes: 65_536,
  /** Prepared statements and portals of one session. */
  preparedStatementsMax: 10_000,
  portalsMax: 1_000,
  /** Characters of prepared statements' texts that one session may keep. */
  preparedCharactersMax: 32 * 1_048_576,
  /** Bytes of parameters that the portals of one session may keep. */
  portalBytesMax: 32 * 1_048_576,
  /** Messages of one session that are worked off before the others have their turn. */
  messagesPerTurn: 256,
  /** Bytes of a client's that wait for their turn before no more are read. */
  turnBytesHigh: 1_048_576,
  /** Answers that a session may have outstanding at a server before what its client sends waits; about 1 kB each. */
  pendingRepliesMax: 32_768,
  /** While a client's bytes wait for a server's answers, reading pauses after each so many, for at most so long. */
  aheadStepBytes: 32_768,
  aheadPauseMsMax: 1_000,
  /** Bytes waiting for a slow reader before the stream is paused. */
  outboundBytesHigh: 262_144,
  /** Sources of refused connections that a listener counts apart; the others are counted together. */
  refusedSourcesMax: 20,
  /** A row for each such source, at most once in this time after its first. */
  refusedIntervalMs: 60_000,
  /** Bytes waiting for a slow upstream before the stream is paused. */
  upstreamBacklogBytesMax: 8 * 1_048_576,
  /** Characters of a JSON-RPC id that is a string: it is repeated in answers of the gate's own. */
  mcpIdCharactersMax: 1_024,
  /** Characters of an MCP server's session id that can be bound to a principal. */
  mcpSessionIdCharactersMax: 1_024,
  /** Tools of one MCP server whose schemas are kept, their characters together, and servers. */
  mcpToolSchemasMax: 1_000,
  mcpToolSchemaCharactersMax: 1_048_576,
  mcpSchemaUpstreamsMax: 64,
  /** A JSON or form body of a request that is read whole, so that policy sees what is in it; a larger one streams. */
  httpReadBodyBytesMax: 524_288,
  /** Of such a body, what policy is given: its input has a limit of its own, and escapes make a text longer. */
  httpPolicyBodyBytesMax: 131_072,
  /** Bytes of a request that wait for its decision, or of a compressed answer for being decoded, before no more are read. */
  httpWaitingBytesHigh: 1_048_576,
  /** Of all requests of a worker together; one that would make it more is refused. */
  httpWaitingTotalBytesMax: 268_435_456,
  /** How long a request or a WebSocket's message waits for people on its stream; Envoy bears a little more silence. */
  httpHoldMsMax: 3_600_000,
  /** Streams of one principal that wait for people at once, on one worker. */
  httpHeldPerPrincipalMax: 100,
  /** How long the status of an approval is waited for in one request. */
  approvalPollMsMax: 30_000,
  /** A client of MCP that comes back with what it was given waits so long each time, and comes back so often. */
  mcpApprovalWaitMs: 25_000,
  mcpApprovalRoundsMax: 8,
  /** A client of MCP that is told while it waits is told to come again before it gives up by itself: SDKs do after 60 s. */
  mcpProgressWaitMs: 45_000,
  /** Of an answer to a request whose client was told while it waited: Envoy keeps all of it for a reader that stalls. */
  progressAnswerBytesMax: 1_048_576,
  /** Of the same as it goes on: not compressed any more, and with masks, which may be longer than what they stand for. */
  progressReadAnswerBytesMax: 2_097_152,
  /** Of what such a client is told meanwhile. */
  progressNoticeBytesMax: 262_144,
  /** What a client sends behind a message of a WebSocket that waits for people: messages, and their bytes. */
  websocketHeldMessagesMax: 64,
  websocketHeldBytesMax: 1_048_576,
  /** Of a body that its record holds, masked. */
  httpRecordBodyBytesMax: 4_096,
  /** Characters of a request's target that its record holds, masked. */
  httpRecordTargetCharactersMax: 4_096,
  /** Levels of objects and arrays: of a JSON text that is decided, and of one that is masked on its way. */
  decidedJsonDepthMax: 64,
  maskedJsonDepthMax: 512,
  /** A member's name, a number, or the white space between two members, of a body that is masked on its way. */
  bodyTokenBytesMax: 65_536,
  /** A string of a body that is held whole so that it can be masked; a longer one is masked in windows. */
  bodyStringBytesMax: 1_048_576,
  /** An event of an event stream, and a field of a form. */
  bodyPartBytesMax: 1_048_576,
  /** What a compressed body may become: so many times its bytes once it is larger than this. */
  decodedBytesFree: 4 * 1_048_576,
  decodedRatioMax: 100,
  /** A WebSocket's message, its fragments together: of a client's, which policy sees whole, and of a server's. */
  websocketClientMessageBytesMax: 524_288,
  websocketServerMessageBytesMax: 1_048_576,
  /** Bytes of a client that does not wait for its WebSocket to be open. */
  websocketEarlyBytesMax: 65_536,
  /** Pings that wait for their Pongs; an older one is never answered. */
  websocketPingsMax: 16,
  /** A server that has said nothing yet answers the gate's Ping within this, or is cut off. */
  websocketPongMs: 2_000,
  /** For the Close frames of both sides, once the gate has sent its own. */
  websocketCloseMs: 1_000,
  /** For the client's Close, once it has been sent a server's: what the server sent before may still be on its way. */
  websocketServerCloseMs: 10_000,
  /** Entries of a list of an MCP server's, in one message; it may page. */
  mcpListEntriesMax: 2_000,
  /** One message of an MCP server that is read whole. */
  mcpServerMessageBytesMax: 8 * 1_048_576,
  /** Steps of looking whether a masked result fits a schema; one that takes more counts as not fitting. */
  mcpSchemaStepsMax: 400_000,
} as const;
