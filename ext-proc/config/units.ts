/**
 * The words a configuration uses for durations, sizes and addresses, and their values. Pure: nothing is resolved,
 * no clock is read. A text that is not in form gives `undefined`; the schema says so to the reader.
 */
import { isIP, isIPv4 } from 'node:net';

export interface Address {
  /** A host name or an IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const DURATION = /^(0|[1-9]\d{0,9})(ms|s|m|h|d)$/;
const DURATION_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** What a Node timer holds: 2^31 - 1 ms, some 24 days. */
const DURATION_MS_MAX = 2_147_483_647;

/** Milliseconds of `500ms`, `30s`, `5m`, `1h` or `7d`; undefined for anything else and above 24 days. */
export function parseDurationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]) * DURATION_MS[match[2] as keyof typeof DURATION_MS];
  return value <= DURATION_MS_MAX ? value : undefined;
}

const SIZE = /^([1-9]\d{0,11})(KiB|MiB|GiB|TiB)?$/;
const SIZE_BYTES = { KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824, TiB: 1_099_511_627_776 } as const;

/** Bytes of `65536`, `64KiB`, `64MiB`, `8GiB` or `1TiB`; undefined for anything else. */
export function parseBytes(value: string | number): number | undefined {
  const match = SIZE.exec(String(value));
  if (match === null) return undefined;
  const bytes =
    Number(match[1]) * (match[2] === undefined ? 1 : SIZE_BYTES[match[2] as keyof typeof SIZE_BYTES]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$/;

/** `host:port` or `[IPv6]:port`, port 0 to 65535; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? (match[2] as string);
  const port = Number(match[3]);
  if (port > 65_535) return undefined;
  if (match[1] !== undefined ? isIP(host) !== 6 : !isIPv4(host) && !isHostName(host)) return undefined;
  return { host, port };
}

/** Four numbers with dots that are no IPv4 address are a mistake, not a name. */
const isHostName = (host: string): boolean => HOST_NAME.test(host) && !/^[\d.]+$/.test(host);

/** The text form of an address, with brackets around IPv6. */
export const formatAddress = ({ host, port }: Address): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

/** Whether a host means this machine alone: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopbackHost(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  if (isIPv4(host)) return host.startsWith('127.');
  return isIP(host) === 6 && /^(?:0*:)*:?0*1$/.test(host);
}

/** Whether two listening addresses claim the same port of the same interface. */
export function addressesCollide(one: Address, other: Address): boolean {
  if (one.port === 0 || one.port !== other.port) return false;
  const wild = (host: string): boolean => host === '0.0.0.0' || host === '::';
  const same = (host: string): string => (host.toLowerCase() === 'localhost' ? '127.0.0.1' : host);
  return wild(one.host) || wild(other.host) || same(one.host) === same(other.host);
}

/** Whether a URL is https, or http on loopback. */
export function httpsOrLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopbackHost(hostname.replace(/^\[|\]$/g, ''));
}
