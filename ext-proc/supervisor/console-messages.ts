/** What the console's process and the supervisor say to each other over Node's IPC channel. It ends when the channel closes. */
export type FromConsole =
  /** It listens, once. */
  | { readonly kind: 'ready' }
  /** The answer to a ping. */
  | { readonly kind: 'pong' };

/** One that does not answer for long is taken for frozen, and killed. */
export interface ToConsole {
  readonly kind: 'ping';
}
