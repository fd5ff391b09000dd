/** Tokens and webhooks of chat systems, made in their forms, and strings of the same look. */
import { alone, type Corpus, encoded, sample, surrounded, type TrueCase } from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { ALPHANUMERIC, BASE64URL, Random, UPPER } from '../corpus/random.ts';

const random = new Random(99);

export function chatToken(from: Random): string {
  return from.pick([
    () => `xoxb-${from.digits(12)}-${from.digits(13)}-${from.text(ALPHANUMERIC, 24)}`,
    () => `xoxp-${from.digits(12)}-${from.digits(12)}-${from.digits(13)}-${from.hex(32)}`,
    () => `xoxe.xoxp-1-${from.text(ALPHANUMERIC, 160)}`,
    () => `xapp-1-${from.text(`${UPPER}0123456789`, 11)}-${from.digits(13)}-${from.hex(64)}`,
    () =>
      `hooks.slack.com/services/T${from.text(UPPER, 8)}/B${from.text(UPPER, 10)}/${from.text(ALPHANUMERIC, 24)}`,
    () => `discord.com/api/webhooks/${from.digits(18)}/${from.text(BASE64URL, 68)}`,
    () =>
      `${Buffer.from(`1${from.digits(17)}`).toString('base64url')}.${from.text(BASE64URL, 6)}.${from.text(BASE64URL, 38)}`,
    () => `${from.int(10_000_000, 9_999_999_999)}:AA${from.text(BASE64URL, 32)}${from.text(ALPHANUMERIC, 1)}`,
  ])();
}

const TEAMS = sample(
  'webhook.office.com/webhookb2/',
  'f81d4fae-7dec-11d0-a765-00a0c91e6bf6@f81d4fae-7dec-11d0-a765-00a0c91e6bf7',
  '/IncomingWebhook/9f86d081884c7d659a2feaa0c55ad015/f81d4fae-7dec-11d0-a765-00a0c91e6bf8',
);
const TELEGRAM = sample('123456789', ':AA', 'HdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0');

/** Forms that the list above has not: each is made once. */
const OTHER_FORMS: readonly (() => string)[] = [
  () => `xoxa-2-${random.digits(12)}-${random.digits(12)}-${random.hex(32)}`,
  () => `xoxr-${random.digits(12)}-${random.digits(12)}-${random.text(ALPHANUMERIC, 24)}`,
  () => `xoxs-${random.digits(10)}-${random.digits(10)}-${random.digits(10)}-${random.hex(10)}`,
  () => `xoxc-${random.digits(12)}-${random.digits(12)}-${random.hex(64)}`,
  () => `xoxd-${random.text(ALPHANUMERIC, 60)}%2B${random.text(ALPHANUMERIC, 40)}%3D`,
  () => `xoxe-1-${random.text(ALPHANUMERIC, 146)}`,
  () =>
    `hooks.slack.com/workflows/T${random.text(UPPER, 8)}/A${random.text(UPPER, 10)}/${random.digits(18)}/${random.text(ALPHANUMERIC, 24)}`,
  () => `hooks.slack.com/triggers/T${random.text(UPPER, 8)}/${random.digits(13)}/${random.hex(32)}`,
  () => `discordapp.com/api/webhooks/${random.digits(19)}/${random.text(BASE64URL, 68)}`,
  () => `discord.com/api/v10/webhooks/${random.digits(19)}/${random.text(BASE64URL, 68)}`,
];

const byHand: readonly TrueCase[] = [
  alone(TELEGRAM),
  { text: `https://example.${TEAMS}`, secret: TEAMS },
  {
    text: `https://api.telegram.org/bot${TELEGRAM}/getMe`,
    secret: TELEGRAM,
  },
];

const falseByHand: readonly string[] = [
  'xoxb-',
  'xoxb-your-token-here',
  'xoxb-xxxxxxxxxxxxxxxxxxxx',
  'https://slack.com/api/chat.postMessage',
  'https://hooks.slack.com/services/',
  'https://hooks.slack.com/services/XXXXXXXXXXXXXXXXXXXXXXXXXXXX',
  'https://discord.com/api/webhooks/',
  'https://discord.com/channels/123456789012345678/123456789012345679',
  '12:AA',
  '00:AA:BB:CC:DD:EE',
  '2026:AAA',
  `1${TELEGRAM.slice(9)}`,
  'a.b.c',
  'com.example.application.module.component.ClassName',
  'xapp-1-A-1-x',
  'webhook.office.com',
  'MTIzNDU2Nzg5MDEyMzQ1Njc4.short.x',
  sample('eyJhbGciOiJub25lIn0', '.e30.'),
];

export const CHAT_TOKEN_CORPUS: Corpus = {
  kind: 'chat_token',
  trueCases: [
    ...byHand,
    ...Array.from({ length: 80 }, () => surrounded(random, chatToken(random))),
    ...Array.from({ length: 30 }, () => encoded(random, chatToken(random))),
    ...OTHER_FORMS.map((make) => surrounded(random, make())),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from(
      { length: 40 },
      () => `${random.text(BASE64URL, 24)}.${random.text(BASE64URL, 6)}.${random.text(BASE64URL, 38)}`,
    ),
    ...Array.from(
      { length: 30 },
      () => `${random.digits(random.int(1, 6))}:${random.text(ALPHANUMERIC, 35)}`,
    ),
    ...ordinaryTexts(8, 150),
    ...lookAlikes(random, 200),
  ],
  // Mattermost's and Rocket.Chat's have no form of their own.
  unfound: [random.text('abcdefghijkmnopqrstuwxyz13456789', 26), random.text(BASE64URL, 43)].map(alone),
};
