/**
 * What the supervisor and a worker process say to each other over Node's IPC channel, and nothing more: state that
 * workers share is in SharedState. A worker whose channel closes has lost its supervisor and drains by itself.
 */

/** From the supervisor to a worker. */
export type ToWorker =
  /** Take no new streams, let live ones end within the configured time, then exit with code 0. */
  | { readonly kind: 'drain' }
  /** Answer with `pong` of the same id: a worker that does not is taken for frozen and killed. */
  | { readonly kind: 'ping'; readonly id: number }
  /** Answer with `metrics` of the same id. */
  | { readonly kind: 'metrics'; readonly id: number };

/** From a worker to the supervisor. */
export type FromWorker =
  /** Serving on its socket, once. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'pong'; readonly id: number }
  /** prom-client's `registry.getMetricsAsJSON()`. */
  | { readonly kind: 'metrics'; readonly id: number; readonly metrics: readonly object[] };
