/** Whether a request that policy holds waits on its stream, comes again, or goes through now. */
import type { ApprovalId } from '../../domain/approvals/approval-request.ts';
import type { HoldMode, HoldTerms } from '../../domain/approvals/hold-terms.ts';
import { LIMITS } from '../../domain/limits.ts';
import { fieldValue } from '../../protocols/http/header-fields.ts';
import { preferredWait } from '../../protocols/http/prefer.ts';
import { refusedProblem } from './approval-problems.ts';
import type { DecidableRequest } from './dialect.ts';
import { heldActionOf, type HeldSource } from './held-action-of.ts';
import type { HeldRequest, Passage } from './held-request.ts';
import type { ProgressForm } from './progress-form.ts';

export interface HeldPassage {
  readonly passage: Passage;
  /** Of what is held, for its record; undefined where it is not sealed. */
  readonly digest: string | undefined;
}

/** Rejects where the approvals cannot be asked for. */
export async function holdRequest(
  held: HeldRequest,
  source: HeldSource,
  { approved, waitMs }: { readonly approved: ApprovalId | undefined; readonly waitMs: number },
): Promise<HeldPassage> {
  const made = heldActionOf(source);
  if (!made.ok) {
    const refusal = { ok: false, approvalId: undefined, problem: refusedProblem(made) } as const;
    return { passage: { kind: 'refused', refusal }, digest: undefined };
  }
  const { action } = made;
  const tokenMs = Math.max(0, source.expiresAtMs - source.gate.clock.nowMs());
  const passage = await held.passage(action, {
    carried: source.described.held.carried,
    waitMs: Math.min(waitMs, tokenMs),
    approved,
  });
  return { passage, digest: action.actionDigest };
}

/**
 * By itself a request is told to come again. One whose client asks for it (`Prefer: wait`) is kept first for as long as it
 * says, unless policy wants `retry`, and so is one whose client can be told meanwhile (`progress`); where policy wants `wait`, and its client says nothing, it is kept to the end.
 */
export function wayOf(
  terms: HoldTerms,
  { head, route }: DecidableRequest,
  progress: ProgressForm | undefined,
): { mode: HoldMode; waitMs: number } {
  // Envoy lets the service take its time only where bodies are read.
  if (terms.mode === 'retry' || route.inspection !== 'full') return { mode: 'retry', waitMs: 0 };
  const seconds = preferredWait(fieldValue(head.fields, 'prefer'));
  if (seconds !== undefined)
    return { mode: 'retry', waitMs: Math.min(seconds * 1_000, LIMITS.httpHoldMsMax, terms.deadlineMs) };
  return { mode: terms.mode ?? 'retry', waitMs: terms.mode === undefined ? (progress?.waitMs ?? 0) : 0 };
}
