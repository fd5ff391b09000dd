/** E-mail addresses and what only looks like one. */
import {
  alone,
  type Corpus,
  encoded,
  jsonEscaped,
  percentEncoded,
  surrounded,
  type TrueCase,
} from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { LOWER, Random } from '../corpus/random.ts';

const random = new Random(5_321);

const TOPS = [
  'com',
  'org',
  'net',
  'de',
  'co.uk',
  'io',
  'fr',
  'gov',
  'edu',
  'com.br',
  'museum',
  'info',
  'ai',
  'jp',
  'xn--p1ai',
];

export function address(from: Random): string {
  const name = (): string => from.text(LOWER, from.int(2, 9));
  const local = from.pick([
    name(),
    `${name()}.${name()}`,
    `${name()}+${name()}`,
    `${name()}_${from.digits(2)}`,
    `${name()}-${name()}`,
  ]);
  const host = from.pick([name(), `mail.${name()}`, `${name()}-${name()}`]);
  return `${local}@${host}.${from.pick(TOPS)}`;
}

const byHand: readonly TrueCase[] = [
  ...[
    'alice@example.com',
    'a@b.co',
    'ALICE.SMITH@EXAMPLE.COM',
    'first.last+tag@sub.domain.example.org',
    "o'brien@example.ie",
    'user_name@example.travel',
    '1234567890@example.com',
    'x@münchen.de',
    'jörg@example.de',
    '用户@例子.广告',
    'user@xn--bcher-kva.example',
    'me@company.internal',
    'root@host.local',
    'alice\u200b@example.com',
    'alice＠example.com',
    percentEncoded('alice@example.com'),
    'alice%40example.com',
    jsonEscaped('alice@example.com'),
    'alice\\u0040example.com',
    Buffer.from(Buffer.from('alice.smith@example.com').toString('base64')).toString('base64'),
  ].map(alone),
  { text: 'Alice Smith <alice@example.com>', secret: 'alice@example.com' },
  { text: 'mailto:alice@example.com?subject=x', secret: 'alice@example.com' },
  { text: 'write to alice@example.com.', secret: 'alice@example.com' },
  { text: 'alice@example.com,bob@example.org;carol@example.net', secret: 'bob@example.org' },
  { text: '"line\\nalice@example.com\\n"', secret: 'alice@example.com' },
  { text: 'https://example.org/?to=alice@example.com&x=1', secret: 'alice@example.com' },
  { text: 'Key (email)=(alice@example.com) already exists.', secret: 'alice@example.com' },
  { text: 'alice@example.com--', secret: 'alice@example.com' },
  { text: 'alice@example.com:8080', secret: 'alice@example.com' },
  { text: 'From: <bounce-17-alice=example.org@lists.example.com>', secret: 'example.org@lists.example.com' },
  { text: 'user=alice@example.com host=db', secret: 'alice@example.com' },
  { text: '(alice@example.com)', secret: 'alice@example.com' },
  { text: 'alice@example.com|bob', secret: 'alice@example.com' },
];

const falseByHand: readonly string[] = [
  'git@github.com:org/repository.git',
  'ssh://git@github.com/org/repository.git',
  'icon@2x.png',
  'sprite@3x.webp',
  'package@1.2.3',
  '@scope/package@10.20.30-beta.1',
  '@types/node',
  '@Override public void run()',
  '@media (min-width: 100px)',
  'getty@tty1.service',
  'user@host',
  'a @ b . com',
  '@alice and @bob',
  'x@.com',
  'alice@example',
  'alice@@example.com.',
  'actions/checkout@v4.1',
  'SELECT * FROM t WHERE a @> b AND c <@ d',
  "data @? '$.a[*] ? (@.b > 1)'",
  'rate @ 5.5 per hour',
  'foo@bar.js',
  'lodash@4.17.21.tgz',
  'image: registry.example.org/app@sha256:9f86d081884c7d659a2feaa0c55ad015',
  '@app.route("/items")',
  'main.go@main',
  'array[@]',
  '%40',
  'root@10.0.0.1',
  '###@@@###',
  'w3@1',
];

export const EMAIL_CORPUS: Corpus = {
  kind: 'email',
  trueCases: [
    ...byHand,
    ...Array.from({ length: 150 }, () => surrounded(random, address(random))),
    ...Array.from({ length: 60 }, () => encoded(random, address(random))),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from(
      { length: 40 },
      () => `${random.text(LOWER, 6)}@${random.int(1, 20)}.${random.int(0, 20)}.${random.int(0, 20)}`,
    ),
    ...Array.from(
      { length: 30 },
      () => `@${random.text(LOWER, 5)}/${random.text(LOWER, 7)} ${random.text(LOWER, 4)}`,
    ),
    ...ordinaryTexts(2, 150),
    ...lookAlikes(random, 200),
  ],
  // Quoted local parts and address literals (RFC 5321), and addresses that are written out for people.
  unfound: [
    '"john smith"@example.com',
    'user@[192.168.2.1]',
    'alice [at] example [dot] com',
    'alice(at)example.com',
    'alice@localhost',
  ].map(alone),
  // Accounts of machines and names with an @ in them have the form of an address.
  mistaken: ['rsync deploy@build.cluster:/srv/app', 'feature@release.next', 'unit backup@daily.oneshot'],
};
