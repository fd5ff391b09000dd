/** `gatehouse token`: a token of the development issuer, which exists beside a development stack only. */
import { createSystemClock } from '../adapters/system-clock.ts';
import { parseDurationMs } from '../config/units.ts';
import { GatehouseError } from '../domain/errors.ts';
import { DEV_AUDIENCE, mintToken } from '../embedded/dev-issuer.ts';
import { issuerDirectory } from '../embedded/dev-places.ts';
import { findRunning } from './places.ts';

export interface TokenOptions {
  readonly config?: string;
  /** Who acts. */
  readonly subject: string;
  /** Separated by commas. */
  readonly groups: string;
  /** The human it acts for. */
  readonly for?: string;
  readonly ttl: string;
}

/** Throws `GH_USAGE`, `GH_NOT_RUNNING`, or `GH_NO_DEV_ISSUER` where the gate has issuers of its own. */
export async function token(options: TokenOptions): Promise<string> {
  const ttlMs = parseDurationMs(options.ttl);
  if (ttlMs === undefined || ttlMs < 1_000) {
    throw new GatehouseError(
      'GH_USAGE',
      '--ttl must be a duration of at least one second, such as 90s, 15m or 8h.',
    );
  }
  const { run, stateDirectory } = await findRunning(options.config);
  if (run.mode !== 'development' || run.endpoints.issuer === undefined) {
    throw new GatehouseError(
      'GH_NO_DEV_ISSUER',
      'This gate has no development issuer: get a token from its own.',
    );
  }
  return mintToken({
    directory: issuerDirectory(stateDirectory),
    issuer: run.endpoints.issuer,
    audience: DEV_AUDIENCE,
    subject: options.subject,
    onBehalfOf: options.for,
    groups: options.groups
      .split(',')
      .map((group) => group.trim())
      .filter((group) => group !== ''),
    ttlMs,
    clock: createSystemClock(),
  });
}
