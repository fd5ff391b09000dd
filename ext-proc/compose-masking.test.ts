import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { composeMasking } from './compose-masking.ts';
import type { MaskingConfig } from './config/config.ts';
import { byteStringOfText, textOfByteString } from './masking/byte-string.ts';
import type { Masker } from './masking/masker.ts';
import { TEXT_TARGET } from './masking/value-shape.ts';

const NOTHING: MaskingConfig = {
  key: undefined,
  style: 'full',
  detectors: {},
  patterns: [],
  columns: [],
  fields: [],
};
const MEMBER = {
  name: 'member_number',
  pattern: 'M-[0-9]{8}',
  keywords: ['m-'],
  ignoreCase: false,
  style: undefined,
};
const MAIL = 'amara.abara@example.com';
const CARD = '4242424242424242';
const KEY = 'k'.repeat(32);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-masking-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

it('hides a text to the letter from whoever sees all else', async () => {
  const { masker, maskerWithout, hiding } = await composeMasking(NOTHING);
  const secret = 'own-token-5f1d9c';
  for (const base of [masker, maskerWithout(['email']), maskerWithout(['*'])]) {
    const hidden = hiding(base, secret);
    expect(shown(hidden, `it is ${secret}.`)).toBe('it is [masked:gate_credential].');
    expect(shown(hidden, MAIL)).toBe(shown(base, MAIL));
    expect(hiding(base, secret)).toBe(hidden);
    expect(hiding(base, 'short')).toBe(base);
  }
  expect(shown(hiding(masker, 'another-token-77'), secret)).toBe(secret);
});

/** What a client gets of a value that nobody marked. */
function shown(masker: Masker, text: string): string | null {
  const outcome = masker.maskFound(byteStringOfText(text), TEXT_TARGET);
  if (outcome.kind === 'unchanged') return text;
  return outcome.kind === 'replaced' ? textOfByteString(outcome.text) : null;
}

async function keyFile(content: string | Buffer): Promise<{ file: string }> {
  const file = join(directory, 'masking.key');
  await writeFile(file, content);
  return { file };
}

describe('the masker', () => {
  it('looks for every kind and masks in full where nothing is configured', async () => {
    const { masker, rules } = await composeMasking(NOTHING);
    expect(shown(masker, MAIL)).toBe('[masked:email]');
    expect(shown(masker, CARD)).toBe('[masked:payment_card]');
    expect(rules).toEqual([]);
  });

  it('takes styles by kind, then the pattern’s, then the one for all', async () => {
    const { masker } = await composeMasking({
      ...NOTHING,
      style: 'null',
      detectors: { email: 'partial', badge: 'full' },
      patterns: [
        { ...MEMBER, style: 'partial' },
        { ...MEMBER, name: 'badge', pattern: 'B-[0-9]{4}', keywords: ['b-'], style: 'null' },
      ],
    });
    expect(shown(masker, MAIL)).toBe('a***@example.com');
    expect(shown(masker, 'M-12345678')).toBe('M***');
    expect(shown(masker, 'badge B-1234')).toBe('badge [masked:badge]');
    expect(shown(masker, CARD)).toBeNull();
  });

  it('leaves alone what is off, built in or the operator’s', async () => {
    const { masker } = await composeMasking({
      ...NOTHING,
      detectors: { email: 'off', member_number: 'off' },
      patterns: [MEMBER],
    });
    for (const text of [MAIL, 'M-12345678']) expect(shown(masker, text)).toBe(text);
    expect(masker.scanner.kinds).not.toContain('email');
    expect(masker.maskRecordText(`${MAIL} ${CARD}`)).toBe(`${MAIL} [masked:payment_card]`);
  });

  it('without some kinds leaves those alone and masks the others as before', async () => {
    const { masker, maskerWithout } = await composeMasking({
      ...NOTHING,
      detectors: { email: 'partial', payment_card: 'partial' },
      patterns: [MEMBER],
    });
    const without = maskerWithout(['email', 'member_number', 'house_number']);
    expect(shown(without, MAIL)).toBe(MAIL);
    expect(shown(without, 'M-12345678')).toBe('M-12345678');
    expect(shown(without, CARD)).toBe('****4242');
    expect(shown(masker, MAIL)).toBe('a***@example.com');
    expect(maskerWithout(['member_number', 'email'])).toBe(without);
    expect(maskerWithout(['house_number'])).toBe(masker);
    expect(maskerWithout([])).toBe(masker);
  });

  it('without all kinds finds nothing', async () => {
    const { maskerWithout } = await composeMasking({ ...NOTHING, patterns: [MEMBER] });
    const none = maskerWithout(['*']);
    for (const text of [MAIL, CARD, 'M-12345678']) expect(shown(none, text)).toBe(text);
    expect(none.scanner.kinds).toEqual([]);
  });

  it('gives the marks as they were configured', async () => {
    const columns = [
      {
        upstream: 'orders',
        schema: 'public',
        table: 'people',
        column: 'card',
        tag: 'payment_card',
        style: 'partial',
      },
    ] as const;
    expect((await composeMasking({ ...NOTHING, columns })).rules).toEqual(columns);
  });
});

describe('the key', () => {
  const hashed = { ...NOTHING, style: 'hash' } as const;

  it('makes hashes that another key makes otherwise, from a file, the environment or a command', async () => {
    const ofFile = await composeMasking({ ...hashed, key: await keyFile(`${KEY}\n`) });
    const hash = shown(ofFile.masker, MAIL);
    expect(hash).toMatch(/^\[masked:email#[a-z2-7]{16}\]$/);
    vi.stubEnv('GATEHOUSE_TEST_MASKING_KEY', KEY);
    const ofEnvironment = await composeMasking({ ...hashed, key: { env: 'GATEHOUSE_TEST_MASKING_KEY' } });
    expect(shown(ofEnvironment.masker, MAIL)).toBe(hash);
    const command = [process.execPath, '-e', `console.log('${KEY}')`];
    const ofCommand = await composeMasking({ ...hashed, key: { command, cacheForMs: 60_000 } });
    expect(shown(ofCommand.masker, MAIL)).toBe(hash);
    const other = await composeMasking({ ...hashed, key: await keyFile(KEY.replace('k', 'j')) });
    expect(shown(other.masker, MAIL)).not.toBe(hash);
    expect(shown(ofFile.maskerWithout(['jwt']), MAIL)).toBe(hash);
  });

  it('of less than 32 bytes is refused, with what to do', async () => {
    const short = 'k'.repeat(31);
    const attempt = composeMasking({ ...hashed, key: await keyFile(`${short}\n`) });
    await expect(attempt).rejects.toMatchObject({
      code: 'GH_MASKING_KEY',
      message: 'masking.key: has 31 bytes, and 32 is the least; make one with: openssl rand -base64 48',
    });
    await expect(attempt).rejects.not.toMatchObject({ message: expect.stringContaining(short) as unknown });
  });

  it('that is not there, or is no text, is refused by its key, with what to do', async () => {
    for (const [key, why] of [
      [{ file: join(directory, 'nowhere') }, 'ENOENT'],
      [{ env: 'GATEHOUSE_TEST_NOT_SET' }, 'GATEHOUSE_TEST_NOT_SET is not set'],
      [await keyFile(Buffer.alloc(32, 0xff)), 'is not UTF-8'],
    ] as const) {
      await expect(composeMasking({ ...hashed, key })).rejects.toMatchObject({
        code: 'GH_MASKING_KEY',
        message: expect.stringMatching(new RegExp(`^masking\\.key: .*${why}.*openssl rand`)) as unknown,
      });
    }
  });

  it('counts bytes, not characters', async () => {
    const { masker } = await composeMasking({ ...hashed, key: await keyFile('ключ'.repeat(4)) });
    expect(shown(masker, MAIL)).toMatch(/#/);
  });
});

it('a pattern that was not vetted is refused by its key', async () => {
  const patterns = [{ ...MEMBER, pattern: '(a)\\1' }];
  await expect(composeMasking({ ...NOTHING, patterns })).rejects.toMatchObject({
    code: 'GH_CONFIG_INVALID',
    message: expect.stringMatching(
      /^masking\.patterns\[0\]\.pattern: The masking pattern "member_number"/,
    ) as unknown,
  });
});
