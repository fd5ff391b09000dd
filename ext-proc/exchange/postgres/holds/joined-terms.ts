/** The terms of several held statements that are one request: whoever agrees agrees to all of them. Pure. */
import type { HoldTerms, ReviewRequirement } from '../../../domain/approvals/hold-terms.ts';

/** At least one. The strictest of each: every requirement, the shortest time, a right only where all give it. */
export function joinedTerms(terms: readonly HoldTerms[]): HoldTerms {
  const [first, ...others] = terms;
  if (first === undefined) throw new TypeError('no terms to join');
  if (others.length === 0) return first;
  const least = (time: (each: HoldTerms) => number): number => Math.min(...terms.map(time));
  const same = terms.every((each) => JSON.stringify(each) === JSON.stringify(first));
  return {
    mode: terms.some(({ mode }) => mode === 'retry') ? 'retry' : first.mode,
    stage: terms.every(({ stage }) => stage === 'commit') ? 'commit' : 'action',
    requirements: distinct(terms.flatMap(({ requirements }) => requirements)),
    deadlineMs: least(({ deadlineMs }) => deadlineMs),
    transactionMs: least(({ transactionMs }) => transactionMs),
    useWithinMs: least(({ useWithinMs }) => useWithinMs),
    text: [...new Set(terms.map(({ text }) => text).filter((text) => text !== ''))].join('\n'),
    grant: same ? first.grant : undefined,
    breakGlassGroups: first.breakGlassGroups.filter((group) =>
      others.every(({ breakGlassGroups }) => breakGlassGroups.includes(group)),
    ),
  };
}

const distinct = (requirements: readonly ReviewRequirement[]): readonly ReviewRequirement[] => [
  ...new Map(requirements.map((each) => [JSON.stringify(each), each])).values(),
];
