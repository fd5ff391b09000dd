/** Operators' log, handed in; a pino logger fits it as it is. Never given payloads, tokens or credentials. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
