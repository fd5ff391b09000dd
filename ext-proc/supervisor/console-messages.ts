/** What the console's process says to the supervisor over Node's IPC channel. It ends when the channel closes. */
export type FromConsole =
  /** It listens, once. */
  { readonly kind: 'ready' };
