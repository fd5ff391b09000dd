/**
 * Detectors made from tables: tokens that begin with a prefix of their issuer's and go on in a known form. A rule is
 * one regular expression without look-around, tried at the prefix; edges and placeholders are judged apart from it.
 */
import type { ByteString } from './byte-string.ts';
import type { Detector } from './detector.ts';
import type { Kind } from './finding.ts';
import { distinctBytes, endsWord, startsWord } from './text-edges.ts';

export interface TokenRule {
  readonly rule: string;
  readonly prefix: string;
  /** Source of a regular expression for what follows the prefix; bounded, so that a try is. */
  readonly body: string;
  /** A word must begin at the prefix. Off for prefixes that occur nowhere else. Default: true. */
  readonly startsWord?: boolean;
  /** No letter or digit may follow: for bodies of one exact length. Default: false. */
  readonly endsWord?: boolean;
  /** Different bytes that the body must have, so that `xxxx…` is none. Default: 6. */
  readonly distinct?: number;
}

const DISTINCT = 6;

export function tokenDetectors(kind: Kind, rules: readonly TokenRule[]): Detector[] {
  return rules.map((each) => tokenDetector(kind, each));
}

function tokenDetector(kind: Kind, token: TokenRule): Detector {
  const { rule, prefix, body, distinct = DISTINCT } = token;
  const pattern = new RegExp(body, 'y');
  const wordBefore = token.startsWord ?? true;
  const wordAfter = token.endsWord ?? false;
  const endAt = (text: ByteString, at: number): number => {
    const from = at + prefix.length;
    pattern.lastIndex = from;
    if (!pattern.test(text)) return -1;
    const end = pattern.lastIndex;
    return distinctBytes(text, from, end, distinct) < distinct ? -1 : end;
  };
  return {
    kind,
    anchors: [prefix],
    ignoreCase: false,
    could: (text, at) => endAt(text, at) >= 0,
    judge: (text, at, report) => {
      if (wordBefore && !startsWord(text, at)) return at;
      const end = endAt(text, at);
      if (end < 0 || (wordAfter && !endsWord(text, end))) return at;
      report(kind, rule, at, end);
      return end;
    },
  };
}
