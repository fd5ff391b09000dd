/** The masking of bodies against the corpus, whole and in pieces, and against what is known to get through. */
import { describe, expect, test } from 'vitest';
import { fieldPattern, type FieldPattern } from '../../../ext-proc/domain/field-rules.ts';
import type { MaskStyle } from '../../../ext-proc/domain/masking-rules.ts';
import { createMasker } from '../../../ext-proc/masking/masker.ts';
import { createScanner } from '../../../ext-proc/masking/scanner.ts';
import { bodyTransform, type ReadBodyKind } from '../../../ext-proc/protocols/http/body/body-transform.ts';
import { BodyDecoder, contentCodings } from '../../../ext-proc/protocols/http/body/content-encoding.ts';
import { bodyKindOf } from '../../../ext-proc/protocols/http/body/content-type.ts';
import { fieldMarks } from '../../../ext-proc/protocols/http/body/field-marks.ts';
import { parseStrictJson } from '../../../ext-proc/protocols/http/body/strict-json.ts';
import { type BodyEvasion, CORPUS } from './corpus.ts';
import { holds } from './holds.ts';
import { KNOWN_LIMITS } from './known-limits.ts';

const masker = createMasker({ scanner: createScanner() });

/** What a reader of bodies does with one: what went on, and how it ended. */
async function read(entry: BodyEvasion, cut: number): Promise<{ out: Buffer; outcome: string }> {
  const { kind, charset } = bodyKindOf(entry.contentType);
  const codings = contentCodings(entry.contentEncoding);
  const out: Buffer[] = [];
  const ended = (outcome: string): { out: Buffer; outcome: string } => ({ out: Buffer.concat(out), outcome });
  if (codings === undefined || charset === 'unreadable' || !isRead(kind)) return ended('unreadable');
  const direction = entry.direction ?? 'response';
  const rules = (entry.marked ?? []).map((text) => {
    const [pattern = '', style = 'full'] = text.split('=');
    return {
      pattern: fieldPattern(pattern) as FieldPattern,
      upstream: undefined,
      tag: 'private',
      style: style as MaskStyle,
    };
  });
  if (direction === 'request' && kind === 'json') {
    const parsed = parseStrictJson(entry.bytes);
    if (!parsed.ok) return ended(parsed.code);
  }
  const decoder = new BodyDecoder(codings);
  const transform = bodyTransform(kind, {
    masker,
    marks: fieldMarks({ rules, obligations: [], direction }),
    numbersStayNumbers: false,
    count: () => {},
  });
  try {
    for (let at = 0; at < entry.bytes.length; at += cut)
      for (const chunk of await decoder.push(entry.bytes.subarray(at, at + cut)))
        out.push(...transform.push(chunk));
    for (const chunk of await decoder.end()) out.push(...transform.push(chunk));
    out.push(...transform.end());
    return ended('masked');
  } catch (error) {
    return ended((error as { code?: string }).code ?? String(error));
  } finally {
    decoder.destroy();
  }
}

const isRead = (kind: string): kind is ReadBodyKind =>
  ['json', 'ndjson', 'sse', 'form', 'text'].includes(kind);

test('no id stands twice', () => {
  const ids = [...CORPUS, ...KNOWN_LIMITS].map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

/** Whose planted value the test's own eyes cannot read before it is decoded. */
const UNSEEN: ReadonlySet<string> = new Set([
  'charset-utf-7',
  'charset-ebcdic',
  'deflate',
  'deflate-bare',
  'gzip-without-end',
]);

describe('nothing of what is planted goes on, however the body is cut', () => {
  test.each(CORPUS.map((entry) => [entry.id, entry] as const))('%s', async (id, entry) => {
    expect(holds(entry.bytes, entry.planted)).toBe(!UNSEEN.has(id));
    const first = await read(entry, Math.max(1, entry.bytes.length));
    expect(first.outcome).toBe(entry.expected);
    expect(holds(first.out, entry.planted)).toBe(false);
    for (const cut of entry.bytes.length < 4_096 ? [1, 7] : [4_099]) {
      const { out, outcome } = await read(entry, cut);
      expect(outcome).toBe(entry.expected);
      if (outcome === 'masked') expect(out.equals(first.out)).toBe(true);
      else expect(holds(out, entry.planted)).toBe(false);
    }
  });
});

describe('known limits', () => {
  test.each(KNOWN_LIMITS.map((entry) => [entry.id, entry] as const))('%s gets through', async (_, entry) => {
    const { out, outcome } = await read(entry, entry.bytes.length);
    expect(outcome).toBe('masked');
    expect(out.equals(entry.bytes)).toBe(true);
  });
});
