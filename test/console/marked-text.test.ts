import fc from 'fast-check';
import { expect, test } from 'vitest';

import { deceptiveTexts, ESCAPED_STATEMENT } from '../support/shown-texts.ts';

/** Its types are a browser's, and are checked with the page; here they would be those of the gate too. */
const MARKED_TEXT: string = '../../ext-proc/console/page/marked-text.ts';
const { Marked, deceptions } = (await import(MARKED_TEXT)) as {
  Marked(given: { text: string; oneLine?: boolean }): unknown;
  deceptions(texts: readonly string[], options?: { oneLine?: boolean }): readonly string[];
};

interface Node {
  readonly type: unknown;
  readonly props: Readonly<Record<string, unknown>>;
}

/** What stands on the page: text, and in `⟦ ⟧` what is marked, without what only a screen reader says. */
function parts(node: unknown): string[] {
  if (node === null || node === undefined || typeof node === 'boolean') return [];
  if (Array.isArray(node)) return node.flatMap(parts);
  if (typeof node !== 'object') return [String(node)];
  const { type, props } = node as Node;
  if (typeof type === 'function') return parts((type as (given: unknown) => unknown)(props));
  if (props.class === 'sr-only') return [];
  if (type === 'mark') return [`⟦${props.class as string}:${parts(props.children).join('')}⟧`];
  return parts(props.children);
}

const NAMED = /^⟦seg seg-(?:bidi|invisible|control|combining):(.*)⟧$/s;
const RAW = /^⟦seg seg-(?:masked|confusable):(.*)⟧$/s;

/** The text that somebody reads who sees it. */
const read = (shown: readonly string[]): string =>
  shown
    .map((part) => {
      const named = NAMED.exec(part)?.[1];
      if (named === undefined) return RAW.exec(part)?.[1] ?? part;
      return [...named.matchAll(/U\+([0-9A-F]{4,6})(?: \u00D7(\d+))?/g)]
        .map(([, hex = '', times = '1']) =>
          String.fromCodePoint(Number.parseInt(hex, 16)).repeat(Number(times)),
        )
        .join('');
    })
    .join('');

test('all of a text is shown: what is on the page says which text it is', () => {
  fc.assert(
    fc.property(deceptiveTexts, fc.boolean(), (text, oneLine) => {
      expect(read(parts(Marked({ text, oneLine })))).toBe(text);
    }),
    { numRuns: 3_000 },
  );
});

test('nothing hides behind an escape: the end of a literal and a comment stand there', () => {
  const shown = parts(Marked({ text: ESCAPED_STATEMENT, oneLine: false }));
  expect(shown).toEqual([
    "UPDATE people SET city='Oslo' WHERE note <> '",
    '⟦seg seg-control:U+001B⟧',
    "[0000000000' --z' AND id = 7",
  ]);
});

test('the same invisible character many times in a row is counted, and different ones are all named', () => {
  expect(parts(Marked({ text: '\u200B'.repeat(40) }))).toEqual(['⟦seg seg-invisible:U+200B \u00D740⟧']);
  const tags = Array.from({ length: 20 }, (_, index) => String.fromCodePoint(0xe0061 + index));
  const names = tags.map((_, index) => `U+${(0xe0061 + index).toString(16).toUpperCase()}`);
  expect(parts(Marked({ text: tags.join('') }))).toEqual([`⟦seg seg-invisible:${names.join(' ')}⟧`]);
});

test('deceptions of any of the texts are said, each once', () => {
  expect(deceptions(['SELECT 1', 'app'])).toEqual([]);
  expect(deceptions(['a\u200B', 'b\u200B', `c${' '.repeat(200)}d`])).toEqual([
    'It holds characters that show as nothing. They are named where they stand.',
    'Parts of it stand far apart, behind empty lines or blanks: look at it to its very end.',
  ]);
  expect(deceptions(['a\nb'])).toEqual([]);
  expect(deceptions(['a\nb'], { oneLine: true })).toHaveLength(1);
});
