import { describe, expect, it } from 'vitest';
import {
  addressesCollide,
  formatAddress,
  isLoopbackHost,
  parseAddress,
  parseBytes,
  parseDurationMs,
} from './units.ts';

describe('parseDurationMs', () => {
  it.each([
    ['0ms', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('reads %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each(['', '30', 's', '1.5s', '-1s', '1 s', '01s', '25d', '1h30m', '9999999999d', '30S'])(
    'refuses %j',
    (text) => expect(parseDurationMs(text)).toBeUndefined(),
  );
});

describe('parseBytes', () => {
  it.each([
    [65_536, 65_536],
    ['64KiB', 65_536],
    ['64MiB', 67_108_864],
    ['2GiB', 2_147_483_648],
    ['1TiB', 1_099_511_627_776],
  ])('reads %s', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each(['0', '', '64MB', '1.5GiB', '-1', '999999999999TiB'])('refuses %j', (text) =>
    expect(parseBytes(text)).toBeUndefined(),
  );
});

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:5432', { host: '127.0.0.1', port: 5432 }],
    ['db.example.com:5432', { host: 'db.example.com', port: 5432 }],
    ['[::1]:5432', { host: '::1', port: 5432 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ])('reads %s, and writes it the same', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(text);
  });

  it.each([
    '5432',
    ':5432',
    '127.0.0.1',
    '::1:5432',
    '[::1]',
    '[localhost]:1',
    '300.1.1.1:1',
    '1.2.3:1',
    'a b:1',
    'a:65536',
    'a:x',
    '-a:1',
    'a..b:1',
  ])('refuses %j', (text) => expect(parseAddress(text)).toBeUndefined());
});

describe('isLoopbackHost', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.8.8.8', '::1', '0:0:0:0:0:0:0:1'])(
    'takes %s',
    (host) => expect(isLoopbackHost(host)).toBe(true),
  );
  it.each([
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '10.0.0.1',
    '127.example.com',
    'localhost.example.com',
    '::2',
    'fe80::1',
    '2001::1',
    '::11',
  ])('does not take %s', (host) => expect(isLoopbackHost(host)).toBe(false));
});

describe('addressesCollide', () => {
  const collide = (one: string, other: string): boolean =>
    addressesCollide(parseAddress(one) as never, parseAddress(other) as never);

  it('sees the same port on the same interface, by any of its names', () => {
    expect(collide('127.0.0.1:1', 'localhost:1')).toBe(true);
    expect(collide('0.0.0.0:1', '10.0.0.1:1')).toBe(true);
    expect(collide('[::]:1', '127.0.0.1:1')).toBe(true);
  });

  it('lets different ports, different interfaces and port 0 be', () => {
    expect(collide('127.0.0.1:1', '127.0.0.1:2')).toBe(false);
    expect(collide('127.0.0.1:1', '10.0.0.1:1')).toBe(false);
    expect(collide('127.0.0.1:0', '127.0.0.1:0')).toBe(false);
  });
});
