/**
 * What a place outside is told of a request. Everything is masked already (I3); what does not fit is left out as a whole
 * and never cut, since half of an action may look like another one.
 */
import { isFarApart } from '../../domain/approvals/far-apart.ts';
import type { ApprovalStatus } from '../../exchange/approvals/approval-status.ts';
import { kindsIn, spelledOut, visibleText, type SegmentKind } from '../../domain/approvals/visible-text.ts';

/** Bytes of a payload that goes along. */
const TOLD_PAYLOAD_BYTES_MAX = 2_048;

export interface ToldRequest {
  readonly id: string;
  readonly state: string;
  /** One line, what deceives spelled out. */
  readonly words: string;
  readonly kind: string;
  readonly language: string;
  /** Undefined where it is too large, parameters and facts counted. */
  readonly payload: string | undefined;
  /** Nothing of it is left out or cut. */
  readonly isWhole: boolean;
  readonly parameters: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly warnings: readonly string[];
  /** What there is in all of it that is not what it looks like. */
  readonly flagged: readonly SegmentKind[];
  readonly rule: string;
  readonly reason: string;
  readonly text: string;
  readonly requester: string;
  readonly requesterFor: string | undefined;
  readonly upstream: string;
  readonly mode: string;
  readonly stage: string;
  readonly decideByMs: number;
  readonly actionDigest: string;
  readonly link: string;
  readonly agreed: number;
  readonly needed: number;
  readonly decidedBy: readonly {
    readonly subject: string;
    readonly verdict: string;
    readonly breakGlass: boolean;
  }[];
}

export function toldRequest(status: ApprovalStatus, publicUrl: string): ToldRequest {
  const { request, decisions } = status;
  const { view, requester, terms } = request;
  const shown = [view.payload, ...view.parameters];
  const lines = [
    view.words,
    request.rule,
    request.reason,
    terms.text,
    requester.subject,
    requester.onBehalfOf ?? '',
    request.upstream,
    ...view.facts.flat(),
    ...view.warnings,
  ];
  const bytes = Buffer.byteLength(JSON.stringify([shown, view.facts, view.warnings]));
  const fits = bytes <= TOLD_PAYLOAD_BYTES_MAX;
  const flagged = new Set([
    ...shown.flatMap((text) => kindsIn(visibleText(text))),
    ...lines.flatMap((text) => kindsIn(visibleText(text, { oneLine: true }))),
  ]);
  return {
    id: request.id,
    state: status.state,
    words: line(view.words),
    kind: view.kind,
    language: view.language,
    payload: fits ? view.payload : undefined,
    isWhole:
      fits &&
      view.partly !== true &&
      lines.join('\n').length <= TOLD_LINES_CHARACTERS_MAX &&
      ![...shown, ...lines].some(isFarApart),
    parameters: fits ? view.parameters : [],
    facts: fits ? view.facts.map(([name, value]) => [line(name), line(value)] as const) : [],
    warnings: fits ? view.warnings.map(line) : [],
    flagged: [...flagged],
    rule: line(request.rule),
    reason: line(request.reason),
    text: line(terms.text),
    requester: line(requester.subject),
    requesterFor: requester.onBehalfOf === undefined ? undefined : line(requester.onBehalfOf),
    upstream: line(request.upstream),
    mode: request.mode,
    stage: request.stage,
    decideByMs: request.decideByMs,
    actionDigest: request.actionDigest,
    link: `${publicUrl}/approvals/${request.id}`,
    agreed: status.agreed,
    needed: status.needed,
    decidedBy: decisions.map(({ reviewer, verdict, breakGlass }) => ({
      subject: line(reviewer.subject),
      verdict,
      breakGlass,
    })),
  };
}

/** Of all lines together, which Slack shows in one text; what deceives takes more room, and then there is no button. */
const TOLD_LINES_CHARACTERS_MAX = 2_000;
const LINE_CHARACTERS_MAX = 2_000;

/** Words about it, not itself: a long one may be cut. */
function line(text: string): string {
  const all = [...spelledOut(visibleText(text, { oneLine: true }))];
  return all.length <= LINE_CHARACTERS_MAX
    ? all.join('')
    : `${all.slice(0, LINE_CHARACTERS_MAX - 1).join('')}\u2026`;
}

/** `$1 = value`, each in one line and whole. */
export const parameterLines = ({ parameters }: Pick<ToldRequest, 'parameters'>): readonly string[] =>
  parameters.map((each, index) => `$${index + 1} = ${spelledOut(visibleText(each, { oneLine: true }))}`);

/**
 * Whether a message may carry buttons that decide: all of it is in the message, and all of it is what it looks like. What
 * is masked is not: who decides it should see whatever else the console shows of it.
 */
export const mayDecideFromMessage = ({ isWhole, flagged, state }: ToldRequest): boolean =>
  isWhole && flagged.length === 0 && state === 'pending';
