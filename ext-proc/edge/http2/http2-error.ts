/**
 * How HTTP/2 goes wrong: for a stream, or for the whole connection.
 * Source: RFC 9113, sections 5.4 and 7.
 */
import { GatehouseError } from '../../domain/errors.ts';

export const HTTP2_ERROR = {
  none: 0x0,
  protocol: 0x1,
  internal: 0x2,
  flowControl: 0x3,
  streamClosed: 0x5,
  frameSize: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compression: 0x9,
  enhanceYourCalm: 0xb,
} as const;

/** The connection cannot go on: it is told why, and closed with everything in it. */
export class Http2ConnectionError extends GatehouseError {
  readonly errorCode: number;
  constructor(errorCode: number, why: string) {
    super('GH_EDGE_HTTP2', 'the HTTP/2 connection broke', { message: why });
    this.errorCode = errorCode;
  }
}
