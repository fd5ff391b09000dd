/**
 * One held action as the approvals store keeps it: who asks, for exactly what, and whose agreement it needs. It is stored
 * as text under a seal (`seals.ts`), and whoever reads it back checks the seal first: what a store says is believed of
 * nothing that somebody's safety hangs on.
 */
import type { EventId, SessionId } from '../ids.ts';
import type { ActionView } from './action-view.ts';
import type { HoldMode, HoldStage, HoldTerms } from './hold-terms.ts';

declare const approvalBrand: unique symbol;
/** UUID version 7. */
export type ApprovalId = string & { readonly [approvalBrand]: true };

const APPROVAL_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const isApprovalId = (text: string): text is ApprovalId => APPROVAL_ID.test(text);

/** The principal of the action, as its token said. */
export interface Requester {
  readonly subject: string;
  /** The human an agent acts for. */
  readonly onBehalfOf: string | undefined;
  readonly issuer: string;
  readonly groups: readonly string[];
  /** What the issuer says of which person it is, where configured (`issuers[].claims.person`). */
  readonly person: string | undefined;
  /** As of `Principal.accounts`; absent where the issuer says none, and in requests of before they were kept. */
  readonly accounts?: readonly string[] | undefined;
}

export interface ApprovalRequest {
  readonly id: ApprovalId;
  /** Of the held action's own record, which an auditor joins by. */
  readonly eventId: EventId;
  readonly sessionId: SessionId;
  readonly mode: HoldMode;
  readonly stage: HoldStage;
  readonly requester: Requester;
  readonly clientAddress: string;
  readonly upstream: string;
  readonly protocol: string;
  readonly rule: string;
  /** Why it is held: policy's sentence, masked. */
  readonly reason: string;
  readonly terms: Pick<HoldTerms, 'requirements' | 'text' | 'grant' | 'breakGlassGroups'>;
  /** SHA-256, hex, of the action's canonical form. */
  readonly actionDigest: string;
  /** SHA-256, hex, of what the names in it stand for now (objects of a catalogue, a tool's declaration); empty where names have no such meaning. */
  readonly meaningDigest: string;
  /** SHA-256, hex, of the bundle that decided. */
  readonly bundleHash: string;
  /** The same for actions of the same kind: a statement's fingerprint, a route's template, a tool's name. */
  readonly similarKey: string;
  /** Milliseconds since the epoch by the store's clock. */
  readonly createdAtMs: number;
  /** Until when it can be decided. */
  readonly decideByMs: number;
  /** Until when an approval of it can be used. */
  readonly useByMs: number;
  readonly view: ActionView;
}

/** The same for every stream of one principal; no two principals share one. */
export const principalKey = ({
  subject,
  onBehalfOf,
  issuer,
}: Pick<Requester, 'subject' | 'onBehalfOf' | 'issuer'>): string =>
  JSON.stringify([issuer, subject, onBehalfOf ?? null]);
