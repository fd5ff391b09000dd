/**
 * Private keys: real ones made by Node (their bodies differ from run to run and are never kept), armour of other tools
 * around random bytes, and the public halves, which are no secret.
 */
import { generateKeyPairSync } from 'node:crypto';
import { alone, type Corpus, encoded, sample, type TrueCase } from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { BASE64URL, Random } from '../corpus/random.ts';

const random = new Random(7_468);

const lines = (text: string, width: number): string =>
  text.replace(new RegExp(`(.{${width}})(?=.)`, 'g'), '$1\n');

const armoured = (label: string, bytes: number, headers = ''): string =>
  `-----BEGIN ${label}-----\n${headers}${lines(random.bytes(bytes).toString('base64'), 64)}\n-----END ${label}-----`;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

const MADE: readonly string[] = [
  rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }),
  rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ec.privateKey.export({ type: 'sec1', format: 'pem' }),
  ec.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ed.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
].map((pem) => String(pem).trim());

const PUBLIC: readonly string[] = [
  String(rsa.publicKey.export({ type: 'spki', format: 'pem' })),
  String(rsa.publicKey.export({ type: 'pkcs1', format: 'pem' })),
  String(ec.publicKey.export({ type: 'spki', format: 'pem' })),
  armoured('CERTIFICATE', 900),
  armoured('CERTIFICATE REQUEST', 700),
  armoured('X509 CRL', 500),
  armoured('PGP PUBLIC KEY BLOCK', 800),
  armoured('PGP MESSAGE', 300),
  armoured('PGP SIGNATURE', 300),
  armoured('DH PARAMETERS', 200),
  `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ${random.text(BASE64URL, 300)} user@host`,
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${random.text(BASE64URL, 43)}`,
  JSON.stringify(rsa.publicKey.export({ format: 'jwk' })),
];

const PUTTY = `${sample('PuTTY-User', '-Key-File-3')}: ssh-ed25519
Encryption: none
Comment: key
Public-Lines: 2
${lines(random.bytes(90).toString('base64'), 64)}
Private-Lines: 1
${random.bytes(36).toString('base64')}
Private-MAC: ${random.hex(64)}`;

const jwkParts = (): TrueCase[] => {
  const jwk = ec.privateKey.export({ format: 'jwk' });
  const rsaJwk = rsa.privateKey.export({ format: 'jwk' });
  return [
    { text: JSON.stringify(jwk), secret: jwk.d ?? '' },
    { text: JSON.stringify(rsaJwk), secret: rsaJwk.d ?? '' },
    { text: JSON.stringify({ d: jwk.d, kty: 'EC' }), secret: jwk.d ?? '' },
    { text: JSON.stringify(JSON.stringify(jwk)), secret: jwk.d ?? '' },
  ];
};

const OTHERS: readonly string[] = [
  armoured('OPENSSH PRIVATE KEY', 400),
  armoured('DSA PRIVATE KEY', 400),
  armoured(
    'RSA PRIVATE KEY',
    600,
    'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n',
  ),
  armoured('PGP PRIVATE KEY BLOCK', 700, 'Version: GnuPG v2\nComment: none\n\n'),
  armoured('ENCRYPTED PRIVATE KEY', 600),
  armoured('ANY PRIVATE KEY', 300),
  armoured('EC PRIVATE KEY', 120),
  `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${lines(random.bytes(300).toString('base64'), 70)}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
  PUTTY,
  `AGE-SECRET-KEY-1${random.text('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}`,
];

const all = [...MADE, ...OTHERS];
const body = (pem: string): string => pem.replace(/-----[^-]+-----\n?/g, '').trim();
const oneLine = (pem: string): string => pem.replaceAll('\n', '\\n');

/** The ways in which a block stands in other texts. */
const PLACES: readonly ((key: string) => TrueCase)[] = [
  alone,
  (key) => ({ text: `before\n${key}\nafter`, secret: key }),
  (key) => ({
    text: JSON.stringify({ type: 'service_account', private_key: `${key}\n`, client_id: '7' }),
    secret: oneLine(key),
  }),
  (key) => ({ text: `"${oneLine(key)}"`, secret: oneLine(key) }),
  (key) => ({ text: `KEY='${key.replaceAll('\n', ' ')}'`, secret: key.replaceAll('\n', ' ') }),
  (key) => ({ text: key.replaceAll('\n', '\r\n'), secret: key.replaceAll('\n', '\r\n') }),
  // The end is cut off, as by left() or a limit of length.
  (key) => ({
    text: key.slice(0, Math.floor(key.length * 0.7)),
    secret: key.slice(0, Math.floor(key.length * 0.7)),
  }),
];

export const PRIVATE_KEY_CORPUS: Corpus = {
  kind: 'private_key',
  trueCases: [
    ...PLACES.flatMap((place) => all.filter((key) => !key.startsWith('AGE') && key !== PUTTY).map(place)),
    ...[PUTTY, OTHERS.at(-1) as string].map(alone),
    ...jwkParts(),
    // Without its armour the body of a key still tells.
    ...MADE.slice(0, 5).map((pem) => alone(body(pem))),
    ...MADE.slice(0, 2).map((pem) => alone(body(pem).replaceAll('\n', ''))),
    ...all.map((key) => encoded(random, key)),
    {
      text: `<RSAKeyValue><Modulus>x</Modulus><D>${random.bytes(64).toString('base64')}</D></RSAKeyValue>`,
      secret: '<D>',
    },
  ],
  falseCases: [
    ...PUBLIC,
    ...PUBLIC.map((text) => JSON.stringify({ key: text })),
    ...PUBLIC.map((text) => Buffer.from(text).toString('base64')),
    '-----BEGIN PRIVATE KEY-----',
    'Put it between -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----.',
    'the header -----BEGIN RSA PRIVATE KEY----- is that of PKCS#1',
    '-----BEGIN PUBLIC KEY-----',
    '----- BEGIN TRANSACTION -----',
    '-- BEGIN; COMMIT; --',
    sample('PuTTY-User', '-Key-File-2: ssh-rsa'),
    'AGE-SECRET-KEY-1',
    '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}',
    'MIIB is how many certificates begin',
    "anchors: ['PuTTY-User-Key-File-'], 'Private-Lines:'",
    'ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519 -C "deploy key"',
    'BEGIN; SELECT private_key_id FROM keys; COMMIT;',
    'openssl pkey -in key.pem -pubout -out public.pem',
    '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY----- <paste your key here> -----END PRIVATE KEY-----',
    '{"kty":"oct","alg":"HS256","k":""}',
    '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
    'AGE-SECRET-KEY-1... is how they begin; age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudjqhs5 is public',
    '<RSAKeyValue><Modulus>xA7SEU+e0yQH5rm9kbCDN9o3aPIo7HbP7tX6WOocLZAtNfyxSZDU16ksL6W</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>',
    ...ordinaryTexts(11, 150),
    ...lookAlikes(random, 200),
  ],
  // Keys without any form of their own: words of BIP-39, the bytes of one in hexadecimal digits.
  unfound: [
    'abandon ability able about above absent absorb abstract absurd abuse access accident',
    random.hex(64),
  ].map(alone),
};
