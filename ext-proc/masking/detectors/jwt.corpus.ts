/** JSON Web Tokens of all forms, and base64 that only begins like one. */
import { alone, type Corpus, encoded, sample, surrounded, type TrueCase } from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { BASE64URL, Random } from '../corpus/random.ts';

const random = new Random(7_519);

const part = (value: unknown, space?: number): string =>
  Buffer.from(JSON.stringify(value, undefined, space)).toString('base64url');

export function jwt(from: Random): string {
  const alg = from.pick(['HS256', 'RS256', 'ES384', 'EdDSA', 'PS512']);
  const header = from.pick<unknown>([
    { alg, typ: 'JWT' },
    { typ: 'JWT', alg, kid: from.hex(16) },
    { alg },
    { kid: from.hex(8), alg, typ: 'at+jwt' },
  ]);
  const claims = {
    sub: from.digits(8),
    iss: 'https://issuer.example.org',
    exp: 1_800_000_000,
    groups: ['developers'],
  };
  return from.pick([
    () => `${part(header)}.${part(claims)}.${from.text(BASE64URL, 86)}`,
    () => `${part(header, 1)}.${part(claims)}.${from.text(BASE64URL, 43)}`,
    () =>
      `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.${from.text(BASE64URL, 342)}.${from.text(BASE64URL, 16)}.${from.text(BASE64URL, 200)}.${from.text(BASE64URL, 22)}`,
    () =>
      `${part({ alg: 'dir', enc: 'A128GCM' })}..${from.text(BASE64URL, 16)}.${from.text(BASE64URL, 80)}.${from.text(BASE64URL, 22)}`,
  ])();
}

const CLAIMS_AND_SIGNATURE = sample(
  'eyJzdWIiOiIxMjM0NTY3ODkwIn0',
  '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
);
const TOKEN = sample('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9', '.', CLAIMS_AND_SIGNATURE);

const byHand: readonly TrueCase[] = [
  alone(TOKEN),
  { text: `Cookie: session=${TOKEN}; theme=dark`, secret: TOKEN },
  { text: `wss://example.org/socket?access_token=${TOKEN}`, secret: TOKEN },
  { text: `<saml:Attribute>${TOKEN}</saml:Attribute>`, secret: TOKEN },
  { text: `{"tokens":["${TOKEN}","x"]}`, secret: TOKEN },
  { text: `\\"id_token\\":\\"${TOKEN}\\"`, secret: TOKEN },
  { text: `Zugang: ${TOKEN}.`, secret: TOKEN },
  alone(sample('eyJhbGciOiJub25lIn0', '.eyJzdWIiOiJhbGljZSJ9.')),
  alone(`${part({ alg: 'HS256' }, 2)}.${part({ sub: 'x' })}.${random.text(BASE64URL, 43)}`),
  { text: `Authorization: Bearer ${TOKEN}`, secret: TOKEN },
  { text: `"a\\n${TOKEN}\\n"`, secret: TOKEN },
  { text: `id_token=${TOKEN}&state=1`, secret: TOKEN },
  { text: `${TOKEN.split('.').slice(0, 2).join('.')}`, secret: TOKEN.split('.').slice(0, 2).join('.') },
];

const falseByHand: readonly string[] = [
  'eyJ',
  'eyJhbGciOiJIUzI1NiJ9',
  'eyJmb28iOiJiYXIifQ.eyJmb28iOiJiYXIifQ.x',
  'eyJmb28iOiJiYXIifQ==',
  'heyJude.and.others',
  'eyJoaSI6MX0.b.c',
  'eyJ0eXAiOiJKV1QifQ.e30.c2ln',
  'a.b.c',
  'com.example.eyJhbGc.module',
  part({ cursor: 17, alg_version: 2 }),
  `${part({ cursor: 17 })}.${part({ page: 2 })}`,
  'eyAibiI6IDEgfQ.x.y',
  'ewogICJhIjogMQp9',
];

export const JWT_CORPUS: Corpus = {
  kind: 'jwt',
  trueCases: [
    ...byHand,
    ...Array.from({ length: 70 }, () => surrounded(random, jwt(random))),
    ...Array.from({ length: 20 }, () => encoded(random, jwt(random))),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from(
      { length: 40 },
      () =>
        `${part({ id: random.int(1, 1e9), at: random.hex(6) })}.${random.text(BASE64URL, 20)}.${random.text(BASE64URL, 43)}`,
    ),
    ...Array.from({ length: 20 }, () => part({ page: random.int(1, 99), next: random.hex(20) })),
    ...ordinaryTexts(10, 150),
    ...lookAlikes(random, 200),
  ],
  // Claims whose header was cut off are base64 with dots.
  unfound: [alone(CLAIMS_AND_SIGNATURE)],
};
