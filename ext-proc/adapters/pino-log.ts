/**
 * The operators' log: pino, one JSON line an event, on standard error or in a file. Fields are chosen at each call; as a second
 * line of defence everything that is named like a secret is censored.
 */
import { pino } from 'pino';
import type { Log } from '../domain/log.ts';

const CENSORED = [
  'token',
  'password',
  'secret',
  'secretKey',
  'authorization',
  'statement',
  'text',
  'parameters',
];

export function createLog(name: string, level: string, file?: string): Log {
  return pino(
    {
      name,
      level,
      redact: { paths: CENSORED.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: file ?? 2, sync: true, append: true, mode: 0o600 }),
  );
}
