/** Requests in a list: what, by whom and for whom, where, and how much time is left. */
import type { ApprovalState } from '../../domain/approvals/approval-state.ts';
import type { ApprovalSummary } from '../api.ts';
import { html, type View } from './html.ts';
import { Marked } from './marked-text.ts';
import { ago, duration, useTick } from './time.ts';

const STATE_WORDS: Readonly<Record<ApprovalState, string>> = {
  pending: 'Waiting',
  approved: 'Approved',
  denied: 'Denied',
  expired: 'Expired',
  cancelled: 'Withdrawn',
  abandoned: 'Abandoned',
  released: 'Let through',
};

export function StateChip({ state }: { state: ApprovalState }): View {
  return html`<span class=${`chip chip-${state}`}>${STATE_WORDS[state]}</span>`;
}

export function Quorum({ agreed, needed }: { agreed: number; needed: number }): View {
  if (needed <= 1) return null;
  return html`<span class="quorum" aria-label=${`${agreed} of ${needed} agreed`}>
    ${Array.from({ length: Math.min(needed, 12) }, (_, index) => html`<i class=${index < agreed ? 'on' : ''}></i>`)}
    <span>${agreed} of ${needed}</span>
  </span>`;
}

export function Who({ subject, onBehalfOf }: { subject: string; onBehalfOf: string | null }): View {
  return html`<span class="who"
    ><${Marked} text=${subject} />${onBehalfOf === null ? null : html` <span class="quiet">for</span> <${Marked} text=${onBehalfOf} />`}</span
  >`;
}

export function ApprovalList({
  approvals,
  base,
  openId,
}: {
  approvals: readonly ApprovalSummary[];
  /** Where a request's own address begins. */
  base: string;
  openId: string | undefined;
}): View {
  useTick();
  return html`<ul class="list">
    ${approvals.map((each) => html`<li key=${each.id}><${Row} approval=${each} base=${base} isOpen=${each.id === openId} /></li>`)}
  </ul>`;
}

function Row({ approval, base, isOpen }: { approval: ApprovalSummary; base: string; isOpen: boolean }): View {
  const { id, words, requester, upstream, state, agreed, needed, repeats, createdAtMs } = approval;
  return html`<a class="item" href=${`${base}/${id}`} data-row aria-current=${isOpen ? 'true' : undefined}>
    <span class="item-words"><${Marked} text=${words} /></span>
    <span class="item-line"><${Who} ...${requester} /></span>
    <span class="item-line item-foot">
      <span class="quiet"><${Marked} text=${upstream} /></span>
      <${Quorum} agreed=${agreed} needed=${needed} />
      ${repeats > 0 ? html`<span class="quiet">asked ${repeats + 1} times</span>` : null}
      <span class="grow"></span>
      ${state === 'pending' ? html`<${Left} approval=${approval} />` : html`<${StateChip} state=${state} />`}
      ${state === 'pending' ? null : html`<span class="quiet">${ago(createdAtMs)}</span>`}
    </span>
    ${state === 'pending' && !approval.mayDecide ? html`<span class="sr-only">not yours to decide</span>` : null}
  </a>`;
}

const HURRY_MS = 60_000;

export function Left({ approval }: { approval: Pick<ApprovalSummary, 'decideByMs' | 'createdAtMs'> }): View {
  const now = useTick();
  const { decideByMs, createdAtMs } = approval;
  const leftMs = decideByMs - now;
  const share = Math.max(0, Math.min(1, leftMs / Math.max(1, decideByMs - createdAtMs)));
  return html`<span class=${`left${leftMs < HURRY_MS ? ' left-hurry' : ''}`}>
    <progress max="1" value=${share} aria-hidden="true"></progress>
    <span class="tabular">${leftMs <= 0 ? 'time is up' : duration(leftMs)}</span>
  </span>`;
}
