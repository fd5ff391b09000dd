/** Credentials of cloud providers, made in their forms, and strings of the same look. */
import {
  alone,
  type Corpus,
  encoded,
  jsonEscaped,
  sample,
  surrounded,
  type TrueCase,
} from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts, uuid } from '../corpus/ordinary.ts';
import { ALPHANUMERIC, BASE64URL, Random, UPPER } from '../corpus/random.ts';

const random = new Random(20);
const BASE64 = `${ALPHANUMERIC}+/`;

export function cloudToken(from: Random): string {
  return from.pick([
    () => from.pick(['AKIA', 'ASIA', 'ABIA']) + from.text(`${UPPER}234567`, 16),
    () => `AIza${from.text(BASE64URL, 35)}`,
    () => `GOCSPX-${from.text(BASE64URL, 28)}`,
    () => `ya29.${from.text(BASE64URL, 120)}`,
    () => `1//0${from.text(BASE64URL, 60)}`,
    () => `${from.text(BASE64, 76)}+ASt${from.text(BASE64, 5)}A==`,
    () => `${from.text(ALPHANUMERIC, 3)}8Q~${from.text(BASE64URL, 34)}`,
    () => `${from.text(ALPHANUMERIC, 52)}JQQJ99${from.text(ALPHANUMERIC, 26)}`,
    () => `dop_v1_${from.hex(64)}`,
    () => `dapi${from.hex(32)}`,
    () => `hvs.${from.text(BASE64URL, 92)}`,
    () => `LTAI${from.text(ALPHANUMERIC, 20)}`,
    () => `${from.text(ALPHANUMERIC, 14)}.atlasv1.${from.text(BASE64URL, 64)}`,
    () => `pul-${from.hex(40)}`,
    () => `sbp_${from.hex(40)}`,
    () => `dp.pt.${from.text(ALPHANUMERIC, 43)}`,
  ])();
}

const AWS_ID = sample('AKIA', 'IOSFODNN7', 'EXAMPLE');
const AWS_SECRET = sample('wJalrXUtnFEMI/K7MDENG/', 'bPxRfiCYEXAMPLEK3Y');

/** Forms that the list above has not: each is made once. */
const OTHER_FORMS: readonly (() => string)[] = [
  () => `GOOG1E${random.text(`${UPPER}0123456789`, 55)}`,
  () => `ABSK${random.text(ALPHANUMERIC, 128)}=`,
  () => `bedrock-api-key-${random.text(ALPHANUMERIC, 132)}`,
  () => `AKID${random.text(ALPHANUMERIC, 32)}`,
  () => `HRKU-${random.text(BASE64URL, 60)}`,
  () => `hvb.${random.text(BASE64URL, 160)}`,
  () => `hvr.${random.text(BASE64URL, 90)}`,
  () => `v1.0-${random.hex(24)}-${random.hex(146)}`,
  () => `fm2_${random.text(ALPHANUMERIC, 400)}==`,
  () => `fo1_${random.text(BASE64URL, 43)}`,
  () => `doo_v1_${random.hex(64)}`,
  () => `sb_secret_${random.text(BASE64URL, 31)}`,
  () => `pscale_tkn_${random.text(BASE64URL, 43)}`,
  () => `pscale_pw_${random.text(BASE64URL, 43)}`,
  () => `sha256~${random.text(BASE64URL, 43)}`,
  () => `AQVN${random.text(BASE64URL, 36)}`,
  () => `lin_pat_${random.text(ALPHANUMERIC, 60)}`,
  () => `${random.text(BASE64, 76)}+ABa${random.text(BASE64, 5)}A==`,
  () => `${random.text(BASE64, 42)}+ACR${random.text(BASE64, 6)}`,
  () => `${random.text(BASE64, 76)}ACDb${random.text(BASE64, 5)}A==`,
  () => `${random.text(BASE64, 76)}APIM${random.text(BASE64, 5)}A==`,
  () => `${random.text(ALPHANUMERIC, 76)}AZDO${random.text(ALPHANUMERIC, 4)}`,
  () => `dp.st.prd.${random.text(ALPHANUMERIC, 43)}`,
  () => `dapi${random.hex(32)}-2`,
];

function namedSecret(): TrueCase {
  const aws = random.text(BASE64, 40);
  const azure = `${random.text(BASE64, 86)}==`;
  const signature = `${encodeURIComponent(`${random.text(BASE64, 43)}=`)}`;
  return random.pick([
    { text: `aws_secret_access_key = ${aws}`, secret: aws },
    { text: `AWS_SECRET_ACCESS_KEY=${aws}\n`, secret: aws },
    { text: `"SecretAccessKey": "${aws}",`, secret: aws },
    { text: `secretAccessKey: '${aws}'`, secret: aws },
    { text: `${AWS_ID},${aws.slice(0, 37)}aB7`, secret: `${aws.slice(0, 37)}aB7` },
    {
      text: `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${azure};EndpointSuffix=core.windows.net`,
      secret: azure,
    },
    {
      text: `Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=${azure.slice(-44)}`,
      secret: azure.slice(-44),
    },
    {
      text: `https://x.blob.core.windows.net/c?sv=2024-05-04&se=2027-01-01&sr=c&sp=r&sig=${signature}`,
      secret: signature,
    },
  ]);
}

const byHand: readonly TrueCase[] = [
  ...[AWS_ID, jsonEscaped(AWS_ID)].map(alone),
  { text: `key\\n${AWS_ID}\\n`, secret: AWS_ID },
  {
    text: `${AWS_ID} ${AWS_SECRET}`,
    secret: AWS_SECRET,
  },
  { text: `s3://${AWS_ID}:x@bucket`, secret: AWS_ID },
];

const falseByHand: readonly string[] = [
  'AKIA',
  'AKIAIOSFODNN7',
  'AKIAXXXXXXXXXXXXXXXX',
  `${AWS_ID}AKIA`,
  'akiaiosfodnn7example',
  `X${AWS_ID}`,
  'AIza is the prefix',
  'AIzaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'aws_secret_access_key = <your secret>',
  'aws_secret_access_key = ${AWS_SECRET}',
  'AWS_SECRET_ACCESS_KEY=',
  'AWS_SECRET_ACCESS_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'AccountKey=<key>;',
  'config=1&sig=abc',
  'sig=none',
  'dapi12345',
  'dapixyz',
  'hvs.short',
  'pul-request',
  'dp.pt.x',
  'region us-east-1, account 123456789012, arn:aws:iam::123456789012:role/name',
  'ya29.',
  'sha256~abc',
  'v1.0-rc.1',
  'Q~ is a sign',
  'LTAI and AKID are prefixes',
  'ASIAN_MARKETS_2026_Q1',
  'ASIAPACIFICREGIONSOUTH',
];

export const CLOUD_TOKEN_CORPUS: Corpus = {
  kind: 'cloud_token',
  trueCases: [
    ...byHand,
    ...Array.from({ length: 100 }, () => surrounded(random, cloudToken(random))),
    ...Array.from({ length: 50 }, namedSecret),
    ...Array.from({ length: 40 }, () => encoded(random, cloudToken(random))),
    ...OTHER_FORMS.map((make) => surrounded(random, make())),
    ...OTHER_FORMS.slice(0, 10).map((make) => encoded(random, make())),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from({ length: 40 }, () => random.text(UPPER, 20)),
    ...Array.from({ length: 40 }, () => random.text(BASE64, 40)),
    ...ordinaryTexts(7, 150),
    ...lookAlikes(random, 200),
  ],
  // A secret of AWS without its id or its name is forty characters of base64, as many others are.
  unfound: [random.text(BASE64, 40), uuid(random)].map(alone),
};
