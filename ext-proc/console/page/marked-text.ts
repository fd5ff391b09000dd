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
  type VisibleTextOptions,
} from '../../domain/approvals/visible-text.ts';
import { html, type View } from './html.ts';

/** Those that would act on the text around them, cover it, or show as nothing: their name is shown instead of them. */
const NAMED: ReadonlySet<SegmentKind> = new Set(['bidi', 'invisible', 'control', 'combining']);

export function Marked({ text, oneLine = true }: { text: string; oneLine?: boolean }): View {
  const segments = visibleText(text, { oneLine });
  return html`<bdi class="marked">${segments.map((segment) => (segment.kind === 'plain' ? segment.text : html`<${Segment} segment=${segment} />`))}</bdi>`;
}

function Segment({ segment }: { segment: TextSegment }): View {
  const { kind, text, label } = segment;
  return html`<mark class=${`seg seg-${kind}`} title=${label}
    >${NAMED.has(kind) ? names(text) : html`<bdi>${text}</bdi>`}<span class="sr-only"> (${label})</span></mark
  >`;
}

/** All of them, each by its number; only the same one many times in a row is counted: `U+200B ×40 U+0007`. */
function names(text: string): string {
  const runs: { point: string; times: number }[] = [];
  for (const point of text) {
    const last = runs.at(-1);
    if (last?.point === point) last.times += 1;
    else runs.push({ point, times: 1 });
  }
  return runs
    .map(({ point, times }) => `${codePointNumber(point)}${times > 1 ? ` \u00d7${times}` : ''}`)
    .join(' ');
}

const MEANING: Readonly<Record<Exclude<SegmentKind, 'plain'>, string>> = {
  masked: 'Some values are masked here: what is sent may be another value than what stands there.',
  bidi: 'It holds characters that change the order in which text is shown. They are named where they stand.',
  invisible: 'It holds characters that show as nothing. They are named where they stand.',
  control: 'It holds control characters, which could steer a terminal. They are named where they stand.',
  confusable: 'It holds characters that pass for others. They are underlined.',
  combining: 'It holds marks piled upon characters. They are named where they stand.',
};

/** What a reviewer must know of texts, each thing once, in sentences; none where they are what they look like. */
export function deceptions(texts: readonly string[], options: VisibleTextOptions = {}): readonly string[] {
  const kinds = new Set(texts.flatMap((text) => kindsIn(visibleText(text, options))));
  return [
    ...[...kinds].map((kind) => MEANING[kind as keyof typeof MEANING]),
    ...(texts.some(isFarApart) ? [FAR_APART] : []),
  ];
}
