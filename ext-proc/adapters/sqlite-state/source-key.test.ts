import { describe, expect, it } from 'vitest';
import { sourceKey } from './source-key.ts';

describe('the source of a stream', () => {
  it.each([
    ['203.0.113.7:51234', '203.0.113.7'],
    ['203.0.113.7', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:51234', '203.0.113.7'],
    ['[2001:db8:0:1::5]:51234', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['[2001:0DB8::0001:0:0:0:9]:1', '2001:db8:0:1::/64'],
    ['[fe80::1%eth0]:1', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
  ])('of %s is %s', (address, source) => {
    expect(sourceKey(address)).toBe(source);
  });

  it('that has no known form stands for itself, bounded', () => {
    expect(sourceKey('/run/socket')).toBe('/run/socket');
    expect(sourceKey('x'.repeat(10_000))).toHaveLength(128);
  });
});
