/**
 * The unix sockets between Envoy and the service, and whether their paths fit: unix(7) gives a path 108 bytes with
 * its closing NUL.
 */
import { join } from 'node:path';

/** Bytes of a socket's path at most. */
export const SOCKET_PATH_BYTES_MAX = 107;

/** Where worker n serves ext_proc and health. */
export const workerSocket = (directory: string, worker: number): string =>
  join(directory, `worker-${worker}.sock`);

/** Where the anchor answers for an upstream that is down. */
export const anchorSocket = (directory: string): string => join(directory, 'anchor.sock');

/** Where Envoy offers the gate's own connection to an upstream, for its catalogue and for cancels. */
export const catalogueSocket = (directory: string, upstream: string): string =>
  join(directory, `catalogue-${upstream}.sock`);

/** Where Envoy offers the gate's own requests to an HTTP upstream, once people have approved them. */
export const egressSocket = (directory: string, upstream: string): string =>
  join(directory, `egress-${upstream}.sock`);

/** The longest of the sockets' paths that a configuration needs, in bytes. */
export function longestSocketPathBytes(
  directory: string,
  workers: number,
  upstreams: readonly string[],
  httpUpstreams: readonly string[] = [],
): number {
  const paths = [
    workerSocket(directory, workers - 1),
    anchorSocket(directory),
    ...upstreams.map((upstream) => catalogueSocket(directory, upstream)),
    ...httpUpstreams.map((upstream) => egressSocket(directory, upstream)),
  ];
  return Math.max(...paths.map((path) => Buffer.byteLength(path)));
}
