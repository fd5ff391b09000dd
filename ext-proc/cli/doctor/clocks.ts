/**
 * How far this clock is from those that it must agree with: an issuer's, by which tokens begin and end, and
 * ClickHouse's. Read from the Date header, which has whole seconds (RFC 9110 section 6.6.1).
 */
import type { GatehouseConfig, IssuerConfig } from '../../config/config.ts';
import type { Check } from './check.ts';
import { failure, ok, reasonOf, skipped, warning } from './check.ts';

const TIMEOUT_MS = 5_000;
/** A Date header says a second that has begun: the middle of it is meant. */
const HALF_SECOND_MS = 500;
const CLICKHOUSE_TOLERANCE_MS = 5_000;

interface Offset {
  /** Theirs minus ours. Positive: their clock is ahead. */
  readonly offsetMs: number;
  /** The offset may be this much more or less. */
  readonly doubtMs: number;
}

/** The offset of the clock behind a URL. Rejects where it does not answer, or without a date. */
async function clockOffset(url: string, now: () => number): Promise<Offset> {
  const began = now();
  const answer = await fetch(url, {
    method: 'GET',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'manual',
  });
  const ended = now();
  await answer.body?.cancel();
  const date = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(date)) throw new Error('its answer has no date');
  return {
    offsetMs: Math.round(date + HALF_SECOND_MS - (began + ended) / 2),
    doubtMs: HALF_SECOND_MS + Math.ceil((ended - began) / 2),
  };
}

export async function clocks(
  config: GatehouseConfig,
  clickhouse: string | undefined,
  now: () => number,
): Promise<readonly Check[]> {
  const checks = await Promise.all(config.issuers.map((issuer) => issuerClock(issuer, now)));
  return [...checks, await clickhouseClock(clickhouse, now)];
}

const describe = ({ offsetMs, doubtMs }: Offset): string =>
  `its clock is ${(Math.abs(offsetMs) / 1_000).toFixed(1)} s ${offsetMs < 0 ? 'behind' : 'ahead of'} ours (± ${(doubtMs / 1_000).toFixed(1)} s)`;

/** The least that the clocks differ, whatever the doubt. */
const certainMs = ({ offsetMs, doubtMs }: Offset): number => Math.max(0, Math.abs(offsetMs) - doubtMs);

async function issuerClock(issuer: IssuerConfig, now: () => number): Promise<Check> {
  const subject = `issuer ${issuer.issuer}`;
  const url = issuer.jwksUri ?? `${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  try {
    const offset = await clockOffset(url, now);
    const toleranceMs = issuer.clockToleranceMs;
    if (certainMs(offset) > toleranceMs) {
      const next =
        'synchronise both clocks (NTP); fresh tokens are refused or expired ones accepted until then';
      return failure(
        'clock.issuer',
        subject,
        `${describe(offset)}, and clockTolerance is ${toleranceMs / 1_000} s`,
        next,
      );
    }
    if (certainMs(offset) > toleranceMs / 2)
      return warning('clock.issuer', subject, describe(offset), 'synchronise both clocks (NTP)');
    return ok('clock.issuer', subject, describe(offset));
  } catch (error) {
    const next = 'without its keys nobody new can sign in; check the address and the way to it';
    return failure('clock.issuer', subject, `${url} does not answer: ${reasonOf(error)}`, next);
  }
}

async function clickhouseClock(url: string | undefined, now: () => number): Promise<Check> {
  const id = 'clock.clickhouse';
  if (url === undefined)
    return skipped(id, '', 'the embedded ClickHouse is not running', 'start the gate first');
  try {
    const offset = await clockOffset(`${url.replace(/\/$/, '')}/ping`, now);
    if (certainMs(offset) > CLICKHOUSE_TOLERANCE_MS)
      return warning(id, '', describe(offset), 'synchronise both clocks (NTP)');
    return ok(id, '', describe(offset));
  } catch (error) {
    const next = 'records wait in the journal meanwhile; start ClickHouse, or correct audit.clickhouse.url';
    return failure(id, '', `ClickHouse does not answer: ${reasonOf(error)}`, next);
  }
}
