/** What the pages for people say to type or to paste, found by its form, so that tests can do just that. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Every page with something to type, in the order of reading; decisions are history and have nothing to run. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'envoy/README.md',
];

export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

export interface Fence {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page, in order. */
export function fences(page: string): readonly Fence[] {
  return [...readPage(page).matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    page,
    language,
    text,
  }));
}

/** The one block with this language that holds this text. Throws where the page has none, or several. */
export function fence(page: string, language: string, containing: string): string {
  const found = fences(page).filter((each) => each.language === language && each.text.includes(containing));
  if (found.length !== 1) throw new Error(`${page}: ${found.length} ${language} blocks with "${containing}"`);
  return (found[0] as Fence).text;
}

export interface Command {
  readonly page: string;
  /** As it is written on the page, without a comment behind it. */
  readonly text: string;
}

/** What code within a sentence begins with where it is a command. */
const PROGRAM = /^(npm|node|go|gatehouse) \S|^\.ci\//;

/** What a page says to type: the lines of its shell blocks, code within its sentences, and the README's table. */
export function commands(page: string): readonly Command[] {
  const blocks = fences(page).filter(({ language }) => language === 'sh');
  const lines = blocks.flatMap(({ text }) =>
    text
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
  const prose = readPage(page).replaceAll(/^```.*?^```$/gms, '');
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const typed = inline.filter((code) => PROGRAM.test(code));
  const all = [...lines, ...typed, ...subcommands(prose)];
  return [...new Set(all)].map((text) => ({ page, text }));
}

/** The README's table lists what stands behind `npm run gatehouse --`, for short without it. */
function subcommands(prose: string): readonly string[] {
  const [, table] = prose.split(/^\| `npm run gatehouse -- <command>`.*\n/m);
  if (table === undefined) return [];
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n');
  return rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(
      ([, code = '']) => `npm run gatehouse -- ${code}`,
    ),
  );
}
