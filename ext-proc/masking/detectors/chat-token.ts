/**
 * Tokens and webhook addresses of chat systems: Slack, Discord, Telegram, Microsoft Teams. Forms from the issuers'
 * documentation and Gitleaks' rule list (v8.30).
 */
import type { ByteString } from '../byte-string.ts';
import type { Detector, Report } from '../detector.ts';
import { tokenDetectors } from '../prefixed-token.ts';
import { endsWord, isDigit } from '../text-edges.ts';

const KIND = 'chat_token';

const TELEGRAM_SECRET = /:AA[A-Za-z0-9_-]{32,33}/y;
const TELEGRAM_ID_DIGITS_MIN = 8;
const TELEGRAM_ID_DIGITS_MAX = 12;

/** `123456789:AA…`: the bot's number stands before the anchor. */
const telegram: Detector = {
  kind: KIND,
  anchors: [':AA'],
  ignoreCase: false,
  could: (text, at) => {
    TELEGRAM_SECRET.lastIndex = at;
    return digitsBefore(text, at) >= TELEGRAM_ID_DIGITS_MIN && TELEGRAM_SECRET.test(text);
  },
  judge: (text, at, report) => {
    const digits = digitsBefore(text, at);
    TELEGRAM_SECRET.lastIndex = at;
    if (digits < TELEGRAM_ID_DIGITS_MIN || digits > TELEGRAM_ID_DIGITS_MAX) return at;
    if (!TELEGRAM_SECRET.test(text)) return at;
    const end = TELEGRAM_SECRET.lastIndex;
    if (!endsWord(text, end)) return at;
    report(KIND, 'telegram_bot', at - digits, end);
    return end;
  },
};

function digitsBefore(text: ByteString, at: number): number {
  let digits = 0;
  while (digits <= TELEGRAM_ID_DIGITS_MAX && isDigit(text.charCodeAt(at - 1 - digits))) digits++;
  return digits;
}

const DISCORD_REST = /\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}/y;
const DISCORD_ID = /^[0-9]{17,20}$/;
const DISCORD_HEAD_MIN = 23;
const DISCORD_HEAD_MAX = 28;

/**
 * Whether a run of base64 that ends in a dot at `end` could be the head of a Discord token, whatever stands before it.
 */
export function couldBeDiscord(text: ByteString, start: number, end: number): boolean {
  DISCORD_REST.lastIndex = end;
  return end - start >= DISCORD_HEAD_MIN && DISCORD_REST.test(text);
}

/**
 * A Discord bot token, asked for by the scanner where a run of base64 ends in a dot: the first part is the bot's number
 * in base64, the rest a time and a signature.
 */
export function judgeDiscord(text: ByteString, start: number, end: number, report: Report): void {
  if (end - start > DISCORD_HEAD_MAX || !couldBeDiscord(text, start, end)) return;
  const { lastIndex } = DISCORD_REST;
  const id = Buffer.from(text.slice(start, end), 'base64').toString('latin1');
  if (DISCORD_ID.test(id)) report(KIND, 'discord_bot', start, lastIndex);
}

export const CHAT_TOKEN_DETECTORS: readonly Detector[] = [
  telegram,
  ...tokenDetectors(KIND, [
    ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxo-', 'xoxc-', 'xoxe-'].map((prefix) => ({
      rule: 'slack',
      prefix,
      body: '[A-Za-z0-9-]{16,300}',
      startsWord: false,
    })),
    { rule: 'slack', prefix: 'xoxd-', body: '[A-Za-z0-9%+/=-]{16,300}', startsWord: false },
    { rule: 'slack', prefix: 'xoxe.xox', body: '[bp]-[A-Za-z0-9-]{40,300}', startsWord: false },
    { rule: 'slack_app', prefix: 'xapp-', body: '[0-9]-[A-Z0-9]{6,20}-[0-9]{6,20}-[a-f0-9]{32,128}' },
    {
      rule: 'slack_webhook',
      prefix: 'hooks.slack.com/',
      body: '(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,120}',
      distinct: 14,
    },
    {
      rule: 'discord_webhook',
      prefix: 'discord.com/api/',
      body: '(?:v[0-9]{1,2}/)?webhooks/[0-9]{16,20}/[A-Za-z0-9_-]{40,100}',
    },
    {
      rule: 'discord_webhook',
      prefix: 'discordapp.com/api/',
      body: '(?:v[0-9]{1,2}/)?webhooks/[0-9]{16,20}/[A-Za-z0-9_-]{40,100}',
    },
    {
      rule: 'teams_webhook',
      prefix: 'webhook.office.com/',
      body: 'webhookb2/[A-Za-z0-9@-]{36,100}/IncomingWebhook/[A-Za-z0-9]{20,40}/[A-Za-z0-9-]{30,80}(?:/[A-Za-z0-9_-]{10,80})?',
    },
  ]),
];
