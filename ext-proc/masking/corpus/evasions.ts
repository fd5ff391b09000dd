/**
 * Ways in which a query may alter a value so that it is not recognised. What is found, and what is not: the second is
 * the list of limits in docs/masking.md, and a test holds both to be true. Lineage, not detection, is what guards a
 * marked column against all of them. New entries go to the end; none is removed.
 */
import type { Kind } from '../finding.ts';
import { sample } from './corpus.ts';

export interface Evasion {
  /** The expression, in SQL. */
  readonly expression: string;
  /** What it gives. */
  readonly text: string;
  readonly kind: Kind;
  readonly isFound: boolean;
}

const CARD = '4111111111111111';
const MAIL = 'alice@example.com';
const SSN = '123-45-6789';
const TOKEN = sample('ghp', '_16C7e42F292c6912E7710c838347Ae178B4a');

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const hex = (text: string | Buffer): string => Buffer.from(text).toString('hex');
const digitsAs = (zero: number): string =>
  [...CARD].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
const spread = (text: string, sign: string): string => [...text].join(sign);

const card = (expression: string, text: string, isFound = true): Evasion => ({
  expression,
  text,
  kind: 'payment_card',
  isFound,
});
const mail = (expression: string, text: string, isFound = true): Evasion => ({
  expression,
  text,
  kind: 'email',
  isFound,
});

export const EVASIONS: readonly Evasion[] = [
  card("encode(card::bytea, 'base64')", base64(CARD)),
  card("encode(card::bytea, 'hex')", hex(CARD)),
  card("upper(encode(card::bytea, 'hex'))", hex(CARD).toUpperCase()),
  card('card::bytea', `\\x${hex(CARD)}`),
  card("encode(encode(card::bytea, 'base64')::bytea, 'hex')", hex(base64(CARD))),
  card(
    "encode(encode(encode(card::bytea, 'base64')::bytea, 'base64')::bytea, 'base64')",
    base64(base64(base64(CARD))),
    false,
  ),
  card("regexp_replace(card, '(.)', '\\1 ', 'g')", `${spread(CARD, ' ')} `),
  card("regexp_replace(card, '(.)', '\\1x', 'g')", `${spread(CARD, 'x')}x`),
  card("regexp_replace(card, '(.)', '\\1<->', 'g')", `${spread(CARD, '<->')}<->`),
  card("regexp_replace(card, '(.)', '\\1 and ', 'g')", `${spread(CARD, ' and ')} and `, false),
  card("regexp_split_to_array(card, '')", `{${spread(CARD, ',')}}`),
  card("array_to_json(regexp_split_to_array(card, ''))", `["${spread(CARD, '","')}"]`),
  card("regexp_replace(card, '(...)', '\\1-', 'g')", '411-111-111-111-111-1'),
  card("regexp_replace(card, '(.....)', E'\\\\1\\n', 'g')", '41111\n11111\n11111\n1', false),
  card("'x' || card || 'y'", `x${CARD}y`),
  card("'9' || card", `9${CARD}`, false),
  card("card || '7'", `${CARD}7`, false),
  card("lpad(card, 24, '0')", CARD.padStart(24, '0')),
  card('card::numeric::money', '$4,111,111,111,111,111.00'),
  card('card::float8', '4.111111111111111e+15'),
  card('card::numeric / 1000', '4111111111111.1110000000000000', false),
  card('card::numeric + 1', '4111111111111112', false),
  card('reverse(card)', [...CARD].reverse().join(''), false),
  card("translate(card, '0123456789', 'abcdefghij')", 'ebbbbbbbbbbbbbbb', false),
  card("translate(card, '0123456789', '０１２３４５６７８９')", digitsAs(0xff10)),
  card("translate(card, '0123456789', '٠١٢٣٤٥٦٧٨٩')", digitsAs(0x660)),
  card("translate(card, '0123456789', '০১২৩৪৫৬৭৮৯')", digitsAs(0x9e6)),
  card("translate(card, '0123456789', '𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗')", digitsAs(0x1d7ce)),
  card("translate(card, '0123456789', '₀₁₂₃₄₅₆₇₈₉')", digitsAs(0x2080)),
  card("regexp_replace(card, '(.)', E'\\\\1\\u200b', 'g')", spread(CARD, '\u200b')),
  card("regexp_replace(card, '(....)', E'\\\\1\\u00ad', 'g')", '4111\u00ad1111\u00ad1111\u00ad1111'),
  card('to_hex(card::bigint)', BigInt(CARD).toString(16), false),
  card('card::bigint::bit(64)', BigInt(CARD).toString(2).padStart(64, '0'), false),
  card('md5(card)', '5910f4ea0062a0e29afd3dccc741e3ce', false),
  card(
    "regexp_replace(encode(card::bytea, 'hex'), '(..)', '\\1 ', 'g')",
    spread(hex(CARD).replace(/../g, '$& ').trim(), ''),
    false,
  ),
  card(
    "regexp_replace(encode(card::bytea, 'base64'), '(....)', '\\1 ', 'g')",
    base64(CARD).replace(/..../g, '$& ').trim(),
    false,
  ),
  card(
    "translate(encode(card::bytea, 'base64'), 'MTE', '!?*')",
    base64(CARD).replace(/[MTE]/g, (letter) => ({ M: '!', T: '?', E: '*' })[letter] ?? ''),
    false,
  ),
  card("regexp_replace(card, '(.)', '&#x3\\1;', 'g')", [...CARD].map((digit) => `&#x3${digit};`).join('')),
  card("regexp_replace(card, '(.)', '%3\\1', 'g')", [...CARD].map((digit) => `%3${digit}`).join('')),
  card("regexp_replace(card, '(.)', '=3\\1', 'g')", [...CARD].map((digit) => `=3${digit}`).join(''), false),
  card(
    "regexp_replace(card, '(.)', '\\\\u003\\1', 'g')",
    [...CARD].map((digit) => `\\u003${digit}`).join(''),
  ),
  card("regexp_replace(card, '(.)', '\\\\x3\\1', 'g')", [...CARD].map((digit) => `\\x3${digit}`).join('')),
  card('left(card, 8), and right(card, 8) as another column', CARD.slice(0, 8), false),
  mail('upper(email)', MAIL.toUpperCase()),
  mail("regexp_replace(email, '(.)', '\\1 ', 'g')", spread(MAIL, ' '), false),
  mail('reverse(email)', [...MAIL].reverse().join(''), false),
  mail("replace(email, '@', '＠')", 'alice＠example.com'),
  mail("replace(email, '@', ' at ')", 'alice at example.com', false),
  mail("replace(email, '@', '&#64;')", 'alice&#64;example.com'),
  mail("translate(email, 'abcdefghijklmnopqrstuvwxyz', 'nopqrstuvwxyzabcdefghijklm')", 'nyvpr@rknzcyr.pbz'),
  mail("translate(email, 'ace', 'асе')", 'аliсе@еxаmplе.соm'),
  mail("split_part(email, '@', 1)", 'alice', false),
  { expression: "replace(ssn, '-', '')", text: '123456789', kind: 'us_ssn', isFound: false },
  { expression: "replace(ssn, '-', '/')", text: '123/45/6789', kind: 'us_ssn', isFound: true },
  { expression: "replace(ssn, '-', '–')", text: SSN.replaceAll('-', '–'), kind: 'us_ssn', isFound: true },
  { expression: "replace(token, 'ghp_', '')", text: TOKEN.slice(4), kind: 'git_token', isFound: false },
  { expression: "'a' || token || 'b'", text: `a${TOKEN}b`, kind: 'git_token', isFound: true },
  { expression: 'upper(token)', text: TOKEN.toUpperCase(), kind: 'git_token', isFound: false },
  // Hexadecimal digits of a digest's length, with letters on either side of the card.
  card("'abcdefab' || card || 'abcdefab'", `abcdefab${CARD}abcdefab`, false),
  card("'abcdefabcdefabcd' || card", `abcdefabcdefabcd${CARD}`),
  card("'abcdefa' || card || 'abcdefab'", `abcdefa${CARD}abcdefab`),
];
