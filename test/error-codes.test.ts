/** Whoever meets a code finds it on a page, and no page speaks of a code that is no more. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PAGES, readPage } from './support/documents.ts';

const ROOT = join(import.meta.dirname, '..');

/** `test/error-codes.test.ts` holds the page to it; those explained elsewhere are linked from there. */
const EXPLAINED_ON = ['docs/error-codes.md', 'docs/agent-operators.md', 'docs/policy-authors.md'];

/** Codes in text, without the beginnings that stand for several (`GH_TOKEN_…`). */
const CODE = /\bGH_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])/g;

/** Codes as literals or keys of what is run: comments emit nothing, and beginnings are compared only. */
function codesOfSources(): ReadonlySet<string> {
  const files = globSync(['ext-proc/**/*.{ts,mjs}', 'envoy/**/*.ts', 'policies-rego/**/*.rego'], {
    cwd: ROOT,
  });
  const codes = new Set<string>();
  for (const file of files) {
    if (/[._](test|fixture)\.\w+$/.test(file)) continue;
    const source = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\.startsWith\([^)]*\)/g, '');
    for (const [, literal, key] of source.matchAll(/['"](GH_[A-Z0-9_]+)['"]|^\s*(GH_[A-Z0-9_]+):/gm))
      codes.add((literal ?? key) as string);
  }
  return codes;
}

const codesOf = (page: string): readonly string[] => readPage(page).match(CODE) ?? [];
const sources = codesOfSources();

test('the sources are found', () => {
  for (const code of ['GH_DENIED', 'GH_TOKEN_EXPIRED', 'GH_PG_FRAME_LENGTH', 'GH_STATE_UNAVAILABLE'])
    expect(sources).toContain(code);
});

test('each code that the sources have is explained on a page', () => {
  const explained = new Set(EXPLAINED_ON.flatMap(codesOf));
  expect([...sources].filter((code) => !explained.has(code))).toEqual([]);
});

test.each(PAGES)('%s speaks of no code that is in no source', (page) => {
  expect(codesOf(page).filter((code) => !sources.has(code))).toEqual([]);
});

test('a code is explained once: the page links to what others explain', () => {
  const [own = '', ...others] = EXPLAINED_ON;
  const elsewhere = new Set(others.flatMap((page) => rowCodes(page)));
  expect(rowCodes(own).filter((code) => elsewhere.has(code))).toEqual([]);
});

/** Codes in the first column of a page's tables. */
const rowCodes = (page: string): readonly string[] =>
  readPage(page)
    .split('\n')
    .filter((line) => line.startsWith('| `GH_'))
    .flatMap((line) => line.split(' | ')[0]?.match(CODE) ?? []);
