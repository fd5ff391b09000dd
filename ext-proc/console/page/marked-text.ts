/**
 * Text that an agent wrote, so that nobody is deceived by it: what is masked, invisible, turned around, a control character
 * or looks like something else stands out, and what has no look of its own is named in its place. Text is only ever text.
 */
import { FAR_APART, isFarApart } from '../../domain/approvals/far-apart.ts';
import {
  codePointNumber,
  kindsIn,
  visibleText,
  type SegmentKind,
  type TextSegment,
} from '../../domain/approvals/visible-text.ts';
import { html, type View } from './html.ts';

/** Those that would act on the text around them, or show as nothing: their name is shown instead of them. */
const NAMED: ReadonlySet<SegmentKind> = new Set(['bidi', 'invisible', 'control']);
const NAMED_CHARACTERS_MAX = 12;

export function Marked({ text, oneLine = true }: { text: string; oneLine?: boolean }): View {
  const segments = visibleText(text, { oneLine });
  return html`<bdi>${segments.map((segment) => (segment.kind === 'plain' ? segment.text : html`<${Segment} segment=${segment} />`))}</bdi>`;
}

function Segment({ segment }: { segment: TextSegment }): View {
  const { kind, text, label } = segment;
  return html`<mark class=${`seg seg-${kind}`} title=${label}
    >${NAMED.has(kind) ? names(text) : html`<bdi>${text}</bdi>`}<span class="sr-only"> (${label})</span></mark
  >`;
}

function names(text: string): string {
  const points = [...text];
  const shown = points
    .slice(0, NAMED_CHARACTERS_MAX)
    .map((point) => (point > ' ' && point <= '~' ? point : codePointNumber(point)));
  const more = points.length - shown.length;
  return shown.join('') + (more > 0 ? ` +${more}` : '');
}

const MEANING: Readonly<Record<Exclude<SegmentKind, 'plain'>, string>> = {
  masked: 'Some values are masked here: what is sent may be another value than what stands there.',
  bidi: 'It holds characters that change the order in which text is shown. They are named where they stand.',
  invisible: 'It holds characters that show as nothing. They are named where they stand.',
  control: 'It holds control characters, which could steer a terminal. They are named where they stand.',
  confusable: 'It holds characters that pass for others. They are underlined.',
  combining: 'It holds marks piled upon characters. They are underlined.',
};

/** What a reviewer must know of the text, in sentences; none where it is what it looks like. */
export const deceptions = (text: string): readonly string[] => [
  ...kindsIn(visibleText(text)).map((kind) => MEANING[kind as keyof typeof MEANING]),
  ...(isFarApart(text) ? [FAR_APART] : []),
];
