/**
 * Texts of every day in which there is no secret and nothing personal: what a detector must let pass. The hard ones are
 * by hand; the others are generated from a seed.
 */
import { ALPHANUMERIC, LOWER, Random } from './random.ts';

const HARD: readonly string[] = [
  '2026-03-01 10:20:30.123456+00',
  '2026-03-01T10:20:30.123456789Z',
  '20260301102030',
  '1772360430123',
  '1772360430',
  '550e8400-e29b-41d4-a716-446655440000',
  'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  'd41d8cd98f00b204e9800998ecf8427e',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'v1.2.3-beta.4+build.567',
  '10.0.19045.4046',
  '192.168.100.200',
  '2001:0db8:85a3:0000:0000:8a2e:0370:7334',
  '52.520008, 13.404954',
  'POINT(-0.127758 51.507351)',
  'POLYGON((30.123456 10.123456, 40.654321 40.123456, 20.1 40.2, 10.3 20.4, 30.123456 10.123456))',
  '3.14159265358979323846',
  '0.1234567890123456',
  '6.02214076e+23',
  'ISBN 978-3-16-148410-0',
  'EAN 4006381333931',
  'order 2026-000123456 of 12 items',
  'Invoice INV-20260301-0042, total 1,234,567.89 EUR',
  'SKU 123-4567-890-A',
  'AS 4111 and RFC 5322, section 3.4.1',
  'version 10.15.7 (19H2), build 20.6.0.1234',
  'commit 3f2504e04f8911d39a0c0305e82c3301aabbccdd',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
  'SELECT id, name FROM orders WHERE id BETWEEN 100000 AND 200000 ORDER BY created_at DESC LIMIT 50;',
  "UPDATE settings SET value = '1000000' WHERE name = 'max_rows_per_request_and_user';",
  'const MAX_SAFE_INTEGER = 9007199254740991;',
  'if (at >= 0x4111_1111 && at <= 0x5500_0000) return table[at >>> 16];',
  'import { createServer } from "node:http"; export const PORT = 8080;',
  '{"id":1234567890123,"sizes":[1024,2048,4096,8192],"ratio":0.30000000000000004,"ok":true}',
  '[4, 8, 15, 16, 23, 42, 108, 4815162342]',
  '{1000,2000,3000,4000,5000}',
  'pid 4711, uid 1000, gid 1000, rss 123456 kB, vsz 7654321 kB',
  '2026/03/01 10:20:30 [error] 1234#5678: *91011 upstream timed out (110: Connection timed out)',
  '172.16.254.1 - - [01/Mar/2026:10:20:30 +0000] "GET /items/12345?page=2 HTTP/1.1" 200 5316 "-" "curl/8.5.0"',
  'Linux 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)',
  'node_modules/@types/node/index.d.ts',
  'npm install left-pad@1.3.0 @scope/package@2.0.0',
  'https://example.org/path/to/page?id=123456789&sort=asc#section-2',
  'git clone https://github.com/org/repository.git && cd repository',
  'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt.',
  'Die Sitzung beginnt am 01.03.2026 um 10:30 Uhr in Raum 2.14, Gebäude 5.',
  'Le prix est de 1 234 567,89 € pour 100 000 unités.',
  'rgb(65, 105, 225) #4169e1 hsl(225, 73%, 57%)',
  'A1B2C3D4E5F6G7H8',
  'track 1Z999AA10123456784',
  'VIN 1HGCM82633A004352',
  'MAC 00:1B:44:11:3A:B7',
  'IMEI 49-015420-323751-8',
  'BIC DEUTDEFF500',
  'temperature 21.5, pressure 1013.25, humidity 45',
  'page 1 of 10, lines 100-200, columns 1-80',
  'level=info ts=2026-03-01T10:20:30.123Z caller=main.go:123 msg="started" duration=1.234567ms',
  '$$BEGIN RETURN NEW; END;$$',
  'aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBwbGFpbiB0ZXh0',
  '48656c6c6f20776f726c642c207468697320697320706c61696e',
  'Content-Type: multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW',
];

/** Hand-picked texts and `count` generated ones. */
export function ordinaryTexts(seed: number, count: number): string[] {
  const random = new Random(seed);
  return [...HARD, ...Array.from({ length: count }, () => random.pick(GENERATORS)(random))];
}

const two = (value: number): string => String(value).padStart(2, '0');

export function timestamp(random: Random): string {
  const day = `20${two(random.int(10, 29))}-${two(random.int(1, 12))}-${two(random.int(1, 28))}`;
  return `${day}${random.pick(['T', ' '])}${two(random.int(0, 23))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}`;
}

export const uuid = (random: Random): string =>
  [8, 4, 4, 4, 12].map((length) => random.hex(length)).join('-');

const word = (random: Random): string => random.text(LOWER, random.int(3, 10));

const GENERATORS: readonly ((random: Random) => string)[] = [
  (random) => `${timestamp(random)}.${random.digits(6)}+00`,
  uuid,
  (random) => random.hex(random.pick([32, 40, 64])),
  (random) => `${random.int(0, 40)}.${random.int(0, 40)}.${random.int(0, 9_999)}`,
  (random) => `${(random.next() * 180 - 90).toFixed(6)},${(random.next() * 360 - 180).toFixed(6)}`,
  (random) => String(random.next() * 1_000),
  (random) => `ORD-${random.digits(8)}-${random.digits(3)}`,
  (random) => random.bytes(random.int(60, 400)).toString('base64'),
  (random) =>
    `${timestamp(random)} [${random.int(1, 99_999)}] LOG:  duration: ${(random.next() * 100).toFixed(3)} ms`,
  (random) => `SELECT ${word(random)}, ${word(random)} FROM ${word(random)} WHERE id = ${random.int(1, 1e9)}`,
  (random) =>
    JSON.stringify({ id: random.int(1, 1e12), name: word(random), at: timestamp(random), n: random.next() }),
  (random) => `function ${word(random)}(${word(random)}) { return ${random.int(1, 1e6)} + ${word(random)}; }`,
  (random) => Array.from({ length: 12 }, () => word(random)).join(' '),
  (random) => Array.from({ length: 8 }, () => random.int(0, 99_999)).join(','),
  (random) =>
    `https://${word(random)}.example.org/${word(random)}/${random.int(1, 1e6)}?q=${word(random)}%20${word(random)}`,
  (random) => `${random.int(1, 255)}.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(0, 255)}`,
  (random) =>
    `Q${random.int(1, 4)} 20${random.int(10, 29)}: ${random.int(1, 999)},${random.digits(3)}.${random.digits(2)} ${random.pick(['EUR', 'USD'])}`,
  (random) => `${random.int(100, 999)}x${random.int(100, 999)}+${random.int(0, 99)}+${random.int(0, 99)}`,
  (random) => `${word(random)}_${random.text(ALPHANUMERIC, 6)}.png`,
];
