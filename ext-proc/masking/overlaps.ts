/**
 * Findings that overlap become one part: what is masked twice is masked once, from the first byte to the last. The part
 * is named after the most severe of its findings, of equal ones after the longest; so the answer does not depend on the
 * order in which detectors were asked.
 */
import { type Encoding, type Finding, rankOf } from './finding.ts';

const joined = (encodings: readonly Encoding[]): string => encodings.join();

/** Which of two findings comes first: the one that begins earlier, then as above. */
function compare(left: Finding, right: Finding): number {
  return left.start - right.start || compareNames(left, right);
}

function compareNames(left: Finding, right: Finding): number {
  return (
    rankOf(left) - rankOf(right) ||
    right.end - right.start - (left.end - left.start) ||
    left.encodings.length - right.encodings.length ||
    compareText(left.kind, right.kind) ||
    compareText(left.rule, right.rule) ||
    compareText(joined(left.encodings), joined(right.encodings))
  );
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** The parts, in order. The array given is sorted in place. */
export function withoutOverlaps(findings: Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings;
  findings.sort(compare);
  const parts: Finding[] = [];
  let part = findings[0] as Finding;
  let name = part;
  let { end } = part;
  const finish = (): void => {
    // A part that is its most severe finding may be masked in that finding's own way.
    const alone = name.alone && name.start === part.start && name.end === end;
    parts.push(alone ? name : { ...name, start: part.start, end, alone: false });
  };
  for (let index = 1; index < findings.length; index++) {
    const next = findings[index] as Finding;
    if (next.start >= end) {
      finish();
      part = next;
      name = next;
      ({ end } = next);
      continue;
    }
    if (compareNames(next, name) < 0) name = next;
    end = Math.max(end, next.end);
  }
  finish();
  return parts;
}
