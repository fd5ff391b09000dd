/**
 * Time is linear whatever the text: shown by counting what the scanner reads, not by a clock. Every byte that code asks
 * for counts, and every slice and search for its length; regular expressions count for what they are tried on.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CORPORA } from './corpus/all.ts';
import { sample } from './corpus/corpus.ts';
import { compileOperatorPattern } from './operator-pattern.ts';
import { createScanner } from './scanner.ts';

let steps = 0;
const { charCodeAt, slice, startsWith, indexOf } = String.prototype;
const { exec } = RegExp.prototype;

beforeEach(() => {
  steps = 0;
  String.prototype.charCodeAt = function (at) {
    steps++;
    return charCodeAt.call(this, at);
  };
  String.prototype.slice = function (from, to) {
    const part = slice.call(this, from, to);
    steps += 1 + part.length;
    return part;
  };
  String.prototype.startsWith = function (search, at) {
    steps += 1 + String(search).length;
    return startsWith.call(this, search, at);
  };
  String.prototype.indexOf = function (search, at) {
    const found = indexOf.call(this, search, at);
    steps += 1 + (found < 0 ? this.length : found) - (at ?? 0);
    return found;
  };
  // A sticky expression reads what it matches; another one all of its text.
  RegExp.prototype.exec = function (text) {
    const from = this.sticky ? this.lastIndex : 0;
    const match = exec.call(this, text);
    steps += 1 + (this.sticky ? (match === null ? 64 : this.lastIndex - from) : text.length);
    return match;
  };
});

afterEach(() => {
  Object.assign(String.prototype, { charCodeAt, slice, startsWith, indexOf });
  RegExp.prototype.exec = exec;
});

const pattern = compileOperatorPattern({ name: 'own', pattern: 'KEY-[a-z0-9]+-\\d+', keywords: ['key-'] });
if (!pattern.ok) throw new Error(pattern.problem);
const scanner = createScanner({ patterns: [pattern.pattern] });

function stepsFor(text: string): number {
  steps = 0;
  scanner.scan(text);
  scanner.mayContain(text);
  return steps;
}

const HOSTILE: Readonly<Record<string, string>> = {
  letters: 'a',
  'at signs': '@',
  'letters and at signs': 'a@',
  'domains without an end': 'a.a-',
  'at signs with labels': 'a@b.',
  digits: '9',
  'digits and spaces': '4 ',
  'groups of four': '4111 ',
  'digits and strangers': '4x',
  'signs between digits': '4-1.',
  'plus signs': '+49 ',
  brackets: '(415) ',
  headers: '-----BEGIN PRIVATE KEY-----',
  'headers and bodies': sample('-----BEGIN PRIVATE', ' KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAA\n'),
  dashes: '-',
  'starts of PuTTY keys': sample('PuTTY-User', '-Key-File-3: x\nPrivate-Lines: 1\n'),
  'key types': '{"kty":"EC","d":"',
  'starts of tokens': 'ghp_',
  'long starts of tokens': sample('ghp', '_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5'),
  'starts of web tokens': sample('eyJhbGciOiJIUzI1NiJ9', '.'),
  'headers of web tokens': 'eyJhbGciOi',
  passwords: 'password=',
  'quoted passwords': '"password":"',
  'starts of URLs': '://a:b',
  'escaped digits': '\\u0034',
  'starts of escapes': '\\u',
  backslashes: '\\',
  'escaped backslashes': '\\\\u0034',
  'percent signs': '%34',
  'full-width digits': '\xef\xbc\x94',
  'characters of no width': '4\xe2\x80\x8b',
  'base64 of base64': 'UVVGQlFVRkI',
  'base64 of digits': 'NDExMTEx',
  'hexadecimal digits': '34',
  'lines of base64': `${'NDExMTExMTEx'.repeat(5)}\n`,
  'starts of account numbers': 'DE89 ',
  'account numbers in pieces': 'DE89370400440532',
  'names of telephones': 'phone: 555',
  'names of secrets': 'token token=',
  'starts of keys': 'MIIEpAIBAAKC',
  signatures: '+ASt',
  'words of cookies': 'bearer basic ',
  'starts of own patterns': 'KEY-a-',
  'long starts of own patterns': 'KEY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
};

test.each(Object.entries(HOSTILE))('%s', (_, fragment) => {
  const size = 24_000;
  const once = stepsFor(fragment.repeat(Math.ceil(size / fragment.length)));
  const fourfold = stepsFor(fragment.repeat(Math.ceil((4 * size) / fragment.length)));
  expect(fourfold / once).toBeLessThan(4.6);
});

test('the corpora, one after another', () => {
  const texts = CORPORA.flatMap(({ trueCases, falseCases }) => [
    ...trueCases.map(({ text }) => text),
    ...falseCases,
  ]);
  const text = Buffer.from(texts.join('\n')).toString('latin1');
  expect(stepsFor(text.repeat(4)) / stepsFor(text)).toBeLessThan(4.6);
});
