/**
 * What the detectors find of what is there, and what they take for something else, kind by kind over the corpora that
 * lie beside them. Encoded cases are counted apart too: base64, hexadecimal and escapes of the same.
 */
import { CORPORA } from '../../ext-proc/masking/corpus/all.ts';
import { isFound, type Score, scoreOf, type TrueCase } from '../../ext-proc/masking/corpus/corpus.ts';
import { createScanner } from '../../ext-proc/masking/scanner.ts';
import { byteStringOfText } from '../../ext-proc/masking/byte-string.ts';
import { atLeast, table } from '../support/report.ts';
import type { Phase } from './phase.ts';

const RECALL_TARGET = 0.95;
const PRECISION_TARGET = 0.95;

export function benchRecall(): Phase {
  const scanner = createScanner();
  const isEncoded = ({ text }: TrueCase): boolean =>
    scanner.scan(byteStringOfText(text)).some(({ encodings }) => encodings.length > 0);
  const rows = CORPORA.map((corpus) => {
    const score = scoreOf(scanner, corpus);
    const encoded = corpus.trueCases.filter(isEncoded);
    const found = encoded.filter((each) => isFound(scanner, corpus.kind, each)).length;
    return { score, encoded: encoded.length, found };
  });
  const scores = rows.map(({ score }) => score);
  // What the corpora know to be missed or mistaken is counted; what they do not know is shown.
  CORPORA.forEach(({ unfound = [], mistaken = [] }, index) => {
    const score = scores[index] as Score;
    for (const each of score.missed)
      if (!unfound.includes(each)) console.log(`missed: ${each.text.slice(0, 100)}`);
    for (const each of score.mistaken)
      if (!mistaken.includes(each)) console.log(`mistaken: ${each.slice(0, 100)}`);
  });
  return {
    text: table(
      ['kind', 'true cases', 'encoded', 'false cases', 'missed', 'mistaken', 'recall', 'precision'],
      rows.map(({ score, encoded }) => [
        score.kind,
        String(score.trueCases),
        String(encoded),
        String(score.falseCases),
        String(score.missed.length),
        String(score.mistaken.length),
        score.recall,
        score.precision,
      ]),
    ),
    targets: [
      atLeast('recall, the lowest of any kind', least(scores, 'recall'), RECALL_TARGET),
      atLeast('precision, the lowest of any kind', least(scores, 'precision'), PRECISION_TARGET),
    ],
    rounds: rows.map(
      ({ score: { kind, trueCases, falseCases, missed, mistaken, recall, precision }, encoded }) => ({
        kind,
        trueCases,
        encoded,
        falseCases,
        missed: missed.length,
        mistaken: mistaken.length,
        recall,
        precision,
      }),
    ),
  };
}

const least = (scores: readonly Score[], of: 'recall' | 'precision'): number =>
  Math.min(...scores.map((score) => score[of]));
