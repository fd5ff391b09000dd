/** Links between the pages lead somewhere, and a decision's number names one decision. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { PAGES, readPage } from './support/documents.ts';

const ROOT = join(import.meta.dirname, '..');
const decisions = readdirSync(join(ROOT, 'docs/decisions'));

/** Anchors as GitHub makes them of headings. */
const anchors = (page: string): readonly string[] =>
  [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each([...PAGES, ...decisions.map((name) => `docs/decisions/${name}`)])('links of %s', (page) => {
  for (const [, target = ''] of readPage(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^\w+:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    expect(existsSync(join(ROOT, file)), `${page}: ${target}`).toBe(true);
    if (anchor !== undefined) expect(anchors(file), `${page}: ${target}`).toContain(anchor);
  }
});

test('each decision has a number of its own, in its name and its heading', () => {
  const numbers = decisions.map((name) => name.slice(0, 4));
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const name of decisions)
    expect(readPage(`docs/decisions/${name}`)).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
});
