/**
 * Text that an agent wrote, for a terminal: nothing of it reaches the terminal but printable characters, and what deceives
 * is shown by its number. No line of it can pass for one of the command's own: each begins with a margin, wrapped ones too.
 */

import { FAR_APART, isFarApart } from '../domain/approvals/far-apart.ts';
import {
  spelledCharacter,
  visibleText,
  type SegmentKind,
  type TextSegment,
  type VisibleTextOptions,
} from '../domain/approvals/visible-text.ts';
import { createColors } from './colors.ts';

/** `colours`: escape sequences of colours may be written, as to a terminal. */
export function terminalText(segments: readonly TextSegment[], colours: boolean): string {
  const paint = createColors(colours);
  return segments.map((segment) => shown(segment, paint)).join('');
}

type Paint = ReturnType<typeof createColors>;

function shown({ kind, text }: TextSegment, paint: Paint): string {
  if (kind === 'plain') return text.replaceAll('\r\n', '\n');
  if (kind === 'masked') return paint.cyan(text);
  return paint.inverse(paint.red([...text].map(spelledCharacter).join('')));
}

/** In one line: a name, a reason, a fact. */
export const terminalLine = (text: string, colours: boolean): string =>
  terminalText(visibleText(text, { oneLine: true }), colours);

const MARGIN = '│ ';
const WRAPPED_MARGIN = '↳ ';
const NUMBER_COLUMNS = 4;
const TAB = '    ';

/** All of a text in lines with numbers, none wider than `columns` (at least 20). */
export function terminalBlock(text: string, colours: boolean, columns: number): readonly string[] {
  const paint = createColors(colours);
  const width = Math.max(20, columns) - NUMBER_COLUMNS - 1 - MARGIN.length;
  const lines: string[] = [];
  for (const [index, pieces] of linesOf(visibleText(text), paint).entries()) {
    let number = String(index + 1).padStart(NUMBER_COLUMNS);
    let margin = MARGIN;
    let line = '';
    let used = 0;
    const end = (): void => {
      lines.push(`${paint.dim(`${number} ${margin}`)}${line}`);
      number = ' '.repeat(NUMBER_COLUMNS);
      margin = WRAPPED_MARGIN;
      line = '';
      used = 0;
    };
    for (const { text: piece, columns: wide } of pieces) {
      if (used > 0 && used + wide > width) end();
      line += piece;
      used += wide;
    }
    end();
  }
  return lines;
}

interface Piece {
  readonly text: string;
  /** At most: a character beyond ASCII may take two. */
  readonly columns: number;
}

/** Lines of what is never broken: characters, and the numbers of such as deceive. */
function linesOf(segments: readonly TextSegment[], paint: Paint): readonly (readonly Piece[])[] {
  let line: Piece[] = [];
  const lines = [line];
  for (const segment of segments) {
    for (const character of segment.kind === 'plain' ? segment.text.replaceAll('\r\n', '\n') : segment.text) {
      if (segment.kind === 'plain' && character === '\n') {
        line = [];
        lines.push(line);
        continue;
      }
      const raw = shown({ ...segment, text: character }, NO_PAINT).replaceAll('\t', TAB);
      const columns = raw.length === 1 && raw < '\u007f' ? 1 : Math.max(2, raw.length);
      line.push({
        text: segment.kind === 'plain' ? raw : shown({ ...segment, text: character }, paint),
        columns,
      });
    }
  }
  return lines;
}

const NO_PAINT = createColors(false);

const KIND_WORDS: Readonly<Record<Exclude<SegmentKind, 'plain'>, string>> = {
  masked: 'values are masked: what is sent may be another value than what is shown',
  bidi: 'characters change the order in which the text is shown',
  invisible: 'characters are invisible, or look like a space',
  control: 'control characters, as of a terminal',
  confusable: 'characters pass for others',
  combining: 'marks are piled upon characters',
};

/** What of a text a reviewer is to look at twice, a line for each thing; the labels of the first few. */
export function terminalCautions(text: string, options: VisibleTextOptions = {}): readonly string[] {
  const labels = new Map<Exclude<SegmentKind, 'plain'>, Set<string>>();
  for (const { kind, label } of visibleText(text, options)) {
    if (kind === 'plain') continue;
    labels.set(kind, (labels.get(kind) ?? new Set()).add(label));
  }
  const cautions = [...labels].map(([kind, found]) => {
    if (kind === 'masked') return KIND_WORDS[kind];
    const more = found.size > LABELS_MAX ? `; and ${found.size - LABELS_MAX} more` : '';
    return `${KIND_WORDS[kind]}: ${[...found].slice(0, LABELS_MAX).join('; ')}${more}`;
  });
  return isFarApart(text) ? [...cautions, FAR_APART] : cautions;
}

const LABELS_MAX = 5;
