/**
 * Identifiers, numbers and names that look like what detectors find and are none of it: false cases of every kind. Those
 * by hand are of public documentation or made up; the others are generated from a seed in the forms of their makers.
 */
import { timestamp, uuid } from './ordinary.ts';
import { ALPHANUMERIC, BASE64URL, LOWER, type Random, UPPER } from './random.ts';

const BY_HAND: readonly string[] = [
  // Numbers of orders, parcels, articles, people and things.
  'order 112-7654321-1234567',
  'Bestellung 302-1234567-7654321 wurde versandt',
  'PO 4500012345 / item 00010',
  'invoice 2026-03-0001 due 2026-04-01',
  'ticket OPS-4711, case 00123456',
  'FedEx 7946 1234 5678',
  'DHL JJD000390007882823',
  'ISBN 978-0-306-40615-7',
  'ISBN-10 0-306-40615-2',
  'ISSN 2049-3630',
  'DOI 10.1000/182, arXiv:2301.12345v2',
  'EAN 9 780306 406157',
  'UPC 0 36000 29145 2',
  'part 123-45-678, drawing 12-345-6789',
  'USt-IdNr. DE123456789',
  'VAT GB 123 4567 89',
  'EIN 12-3456789',
  'PMID: 12345678',
  'IMO 9074729, MMSI 211331640',
  'flight LH 454, seat 32A, locator X7K9PQ',
  'ZIP+4 12345-6789',
  'NDC 0002-8215-01',
  'model 5551234, serial 0012-3456-7890',
  // Times, places, amounts and versions.
  '2026-03-01/2026-03-31',
  '01/03/2026 - 31/03/2026',
  '20260301T102030Z',
  '2026-W09-7 and 2026-060',
  '10:20:30.123456789',
  '1772360430.123456',
  '1772360430123456789',
  '48°08\'14.8"N 11°34\'31.1"E',
  'geo:48.137154,11.576124;u=35',
  '1.234.567,89 EUR + 234.567,00 EUR',
  '12 345 678 901,00 Kč',
  "1'234'567.89 CHF",
  '6.626 070 15 × 10-34 J s',
  '3.1415 9265 3589 7932',
  'v2026.03.01-rc.1+sha.5114f85',
  'Python 3.12.4 (main, Jun  6 2024, 18:26:44) [GCC 13.2.0]',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.126 Safari/537.36',
  'scores 555-123 to 555-129, range 030-039',
  'rows 0101 0102 0103 0104 0105 0106',
  '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
  '0000000 4d5a 9000 0300 0000 0400 0000 ffff 0000',
  'grid 0 10 20 30 40 50 60 70 80 90 100',
  // Of networks, databases and machines.
  '127.0.0.1:54321 -> 10.244.13.37:5432',
  '[2001:db8::8a2e:370:7334]:8080',
  '192.168.0.0/16,172.16.0.0/12',
  'LSN 16/B374D848, xid 123456789, ctid (4711,12)',
  'oid 16384, relfilenode 2619, pid 3021411',
  'S-1-5-21-3623811015-3361044348-30300820-1013',
  '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678',
  'ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"',
  'arn:aws:lambda:eu-central-1:123456789012:function:billing-export:42',
  'projects/my-project-123456/locations/europe-west3/clusters/main',
  'i-0abcd1234efgh5678 vpc-0a1b2c3d4e5f67890 ami-0c55b159cbfafe1f0',
  'nginx-7c5ddbdf54-x9kqz',
  'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDd1p8yMq5xZPz4hKA',
  'docker.io/library/postgres@sha256:4b07b9d6f7c3a6f4b1a0d5cbb9dd6f4f5f9a1d5a2a7f0d1c2b3a4958677685f4',
  'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
  '0x742d35Cc6634C0532925a3b844Bc454e4438f44e',
  'spiffe://example.org/ns/default/sa/web',
  'CVE-2024-3094, GHSA-rxwq-x6h5-x525, RHSA-2024:1234',
  'rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1',
  'ATGCGTACGTTAGCCTAGGCTTAACGGATCCGATTACA',
  // Names that begin like tokens.
  'ghp_actions_runner_version, gho_st and glpat_helper()',
  'sk-SK, sk-estimator-html-representation-fallback',
  'AIzawa, AKIAI and ASIANA Airlines',
  'hvs.batch, dop_v1, npm_config_user_agent, pypi-server',
  'xoxo, xoxb and x-api-version: 2026-03-01',
  'key-value-store-replication-controller-manager',
  'SG.Airlines.flight.status.report',
  'api-gateway-7f9c8d6b5-abcde',
  'eyJ is how base64 of {" begins',
  'Basic Human Needs, bearer bonds',
  // Addresses that are none.
  '@example.com is the domain',
  'user@, @user, user@@host',
  'git@gitlab.example.org:group/project.git',
  'ssh://deploy@10.0.0.5:22',
  'react@18.2.0 -> react-dom@18.2.0',
  '@angular/core@17.3.0-next.1',
  'uses: actions/setup-node@60edb5dd545a775178f52524783378180af0d1f8',
  'postgres@db-1:~$ ls',
  'x@y, a@b and 5@2.50 each',
  'meet @ 5.30 p.m. in room @lpha',
  'dbname=app host=/var/run/postgresql user=app@prod',
  'background@2x.webp, logo@1.5x.png',
  'getty@tty1.service, user@1000.service',
  'tag:blog.example.org,2026:entry-17',
];

const digitsIn = (random: Random, ...sizes: readonly number[]): string =>
  sizes.map((size) => random.digits(size)).join('-');

/** Begins with a digit that no card and no telephone number does. */
const counted = (random: Random, length: number): string => `1${random.digits(length - 1)}`;

const GENERATORS: readonly ((random: Random) => string)[] = [
  (random) => `01${random.text('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)}`,
  (random) => `2${random.text(ALPHANUMERIC, 26)}`,
  (random) => random.text(BASE64URL, 21),
  (random) => `cl${random.text(`${LOWER}0123456789`, 23)}`,
  (random) => `urn:uuid:${uuid(random)}`,
  (random) => `${uuid(random)}.${random.pick(['pdf', 'csv', 'json'])}`,
  (random) => random.hex(random.pick([7, 8, 12, 16, 20, 24])),
  (random) => `commit ${random.hex(40)}\nparent ${random.hex(40)}`,
  (random) => `index ${random.hex(7)}..${random.hex(7)} 100644`,
  (random) => `sha256:${random.hex(64)}`,
  (random) => `md5 ${random.hex(32)}  file-${random.int(1, 99)}.tar`,
  (random) => `W/"${random.hex(8)}-${random.hex(6)}"`,
  (random) => `${counted(random, 13)}-${random.digits(1)}`,
  (random) => `msg_${random.text(ALPHANUMERIC, 24)}`,
  (random) => `cus_${random.text(ALPHANUMERIC, 14)} sub_${random.text(ALPHANUMERIC, 24)}`,
  (random) => `req-${uuid(random)}`,
  (random) => `INV-${random.digits(4)}-${random.digits(6)}`,
  (random) => `${random.text(UPPER, 3)}-${digitsIn(random, 4, 4)}`,
  (random) => `${random.text(UPPER, 2)}${random.digits(9)}${random.text(UPPER, 2)}`,
  (random) =>
    `account 000${random.digits(5)}, branch ${random.digits(2)}-${random.digits(2)}-${random.digits(2)}`,
  (random) =>
    `${random.int(1, 223)}.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(0, 255)}:${random.int(1_024, 65_535)}`,
  (random) => `${Array.from({ length: 8 }, () => random.hex(4)).join(':')}`,
  (random) => `${Array.from({ length: 6 }, () => random.hex(2)).join(random.pick([':', '-']))}`,
  (random) => `${timestamp(random)}.${random.digits(9)}Z ${random.digits(3)}.${random.digits(3)} ms`,
  (random) => `${timestamp(random).slice(0, 10)} to ${timestamp(random).slice(0, 10)}`,
  (random) => timestamp(random).replace(/[^0-9]/g, ''),
  (random) =>
    `${random.int(1, 28)}.${random.int(1, 12)}.${random.int(1_950, 2_029)}, ${random.int(0, 23)}.${random.digits(2)} Uhr`,
  (random) => `17${random.digits(8)}${random.pick(['', '000', '123', '.5'])}`,
  (random) =>
    `v${random.int(0, 30)}.${random.int(0, 99)}.${random.int(0, 9_999)}-${random.text(LOWER, 4)}.${random.int(1, 20)}`,
  (random) => `(${random.int(0, 9_999)},${random.int(1, 200)})`,
  (random) => `${random.hex(1).toUpperCase()}/${random.hex(8).toUpperCase()}`,
  (random) => `[${Array.from({ length: 6 }, () => (random.next() * 2 - 1).toFixed(8)).join(', ')}]`,
  (random) => `{${Array.from({ length: 5 }, () => random.int(0, 99_999)).join(',')}}`,
  (random) => `${random.int(1, 999)} x ${random.int(1, 999)} x ${random.int(1, 999)} mm`,
  (random) =>
    `$${random.int(1, 999)},${random.digits(3)}.${random.digits(2)} - $${random.int(1, 999)},${random.digits(3)}.${random.digits(2)}`,
  (random) =>
    `#${random.hex(6)} rgba(${random.int(0, 255)}, ${random.int(0, 255)}, ${random.int(0, 255)}, 0.${random.digits(2)})`,
  (random) =>
    `${random.text(LOWER, 6)}-${random.text(`${LOWER}0123456789`, 9)}-${random.text(`${LOWER}0123456789`, 5)}`,
  (random) => `/var/lib/${random.text(LOWER, 6)}/${random.digits(5)}/${random.digits(6)}_vm`,
  (random) =>
    `https://example.org/${random.text(LOWER, 6)}/${random.hex(24)}?v=${random.int(1, 99)}&t=${counted(random, 10)}`,
  (random) => `"integrity": "sha512-${random.bytes(64).toString('base64')}"`,
  (random) => `data:font/woff2;base64,${random.bytes(120).toString('base64')}`,
  (random) => `\\x${random.bytes(24).toString('hex')}`,
];

/** Those by hand and `count` generated ones. */
export function lookAlikes(random: Random, count: number): string[] {
  return [...BY_HAND, ...Array.from({ length: count }, () => random.pick(GENERATORS)(random))];
}
