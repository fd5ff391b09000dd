/**
 * The sizes and times of Envoy's side, in one place. What is measured says so; the rest follows from it.
 */
export const ENVOY_LIMITS = {
  /**
   * Bytes a connection may buffer in each place, and an HTTP/2 stream's window. Measured: with 64 KiB throughput is
   * that of Envoy's defaults, and 60 readers that stall hold 172 MB of Envoy instead of 1,270 MB.
   */
  bufferBytes: 65_536,
  /** A client that has sent nothing by then is closed before anything is dialled for it. */
  silentClientMs: 4_000,
  /** To a worker or the inner listener: both are on this host or near. */
  localConnectMs: 1_000,
  /** To an upstream; then the anchor answers for it. */
  upstreamConnectMs: 5_000,
  /**
   * A worker that does not answer a ping is frozen: its streams end in denial. Every session of the connection ends
   * with it, so a worker that is only busy must have time: with 1 s a burst of 6,000 connections on 2 cores ended
   * live sessions (measured).
   */
  keepaliveIntervalMs: 1_000,
  keepaliveTimeoutMs: 5_000,
  /** Ten years: longer than any Envoy runs, and below what its timers take. */
  grpcClientIdleMs: 3_650 * 86_400_000,
  healthIntervalMs: 1_000,
  healthTimeoutMs: 1_000,
  /**
   * Sessions on one connection to a worker. The connection's window is the sum of its streams' windows, so that
   * readers that stall never use up what the others need.
   */
  streamsPerWorkerConnection: 64,
  /** Headers of an HTTP request, all together and in number: Envoy's own limits, in the file so that they stay. */
  requestHeadersKb: 60,
  requestHeadersMax: 100,
  /** The service's own requests have some fields more than the client's: the credential's, and Envoy's. */
  egressHeadersMax: 120,
  /** From the first byte of a request's headers to their last. */
  requestHeadersMs: 10_000,
  /** An HTTP connection without a request is closed after this. */
  httpIdleMs: 300_000,
  /** A stream of events may be silent for so long, and a request that waits for people, for an hour at most, is. */
  httpStreamIdleMs: 3_900_000,
  /** Requests at once on one HTTP/2 connection of a client's. */
  httpStreamsPerConnection: 100,
  httpConnectionWindowBytes: 1_048_576,
  /** Resets by a client that Envoy bears on one connection: RFC 9113 allows them, CVE-2023-44487 is a flood of them. */
  http2ResetsMax: 500,
  /**
   * A connection to an HTTP server that nobody uses. Node's servers close theirs after 5 s, and a request that meets the
   * close is lost: nothing is tried again here.
   */
  httpUpstreamIdleMs: 4_000,
  /** The service's answer to what it sees without bodies; a token's keys, or a credential, may have to be fetched. */
  decisionMs: 30_000,
  /** A peer that vanished without a word is noticed after 60 + 3 × 20 s. */
  tcpKeepaliveIdleS: 60,
  tcpKeepaliveIntervalS: 20,
  tcpKeepaliveProbes: 3,
} as const;
