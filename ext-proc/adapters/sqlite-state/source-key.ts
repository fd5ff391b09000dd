/**
 * The client address by which unauthenticated streams are counted. Accepts what Envoy writes (`203.0.113.7:51234`,
 * `[2001:db8::1]:51234`) or an address alone. IPv6 is counted by /64, as one host usually has all of it.
 */
import { isIPv4, isIPv6 } from 'node:net';

const LENGTH_MAX = 128;

export function sourceKey(address: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(address);
  const host =
    bracketed?.[1] ?? (/^[^:]+:\d+$/.test(address) ? address.slice(0, address.indexOf(':')) : address);
  if (isIPv4(host)) return host;
  const plain = host.replace(/%.*$/, '');
  // An address of no known form is its own source; the listener's whole cap still holds.
  if (!isIPv6(plain)) return address.slice(0, LENGTH_MAX);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  return mapped?.[1] ?? `${prefix64(plain)}::/64`;
}

/** The first four groups, without leading zeros. */
function prefix64(address: string): string {
  const [head = '', tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
