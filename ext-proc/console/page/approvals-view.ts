/** Requests, pending or decided: the list, and beside it the one that is open. On a phone one of the two. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApprovalList as ApprovalListAnswer, ApprovalSummary } from '../api.ts';
import { get } from './api-client.ts';
import { ApprovalPane } from './approval-detail.ts';
import { ApprovalList } from './approval-list.ts';
import { html, type View } from './html.ts';
import { Empty, Failure, Loading, useLoaded } from './notices.ts';
import { serverNowMs, setServerTime } from './time.ts';

const PAGE = 50;

export interface ApprovalsViewProps {
  readonly which: 'pending' | 'decided';
  readonly openId: string | undefined;
  /** Rises whenever something may have changed. */
  readonly version: number;
  readonly onCount: (pending: number) => void;
}

export function ApprovalsView({ which, openId, version, onCount }: ApprovalsViewProps): View {
  const [older, setOlder] = useState<readonly ApprovalSummary[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const { value, error, reload } = useLoaded(which, () => load(which));
  useEffect(() => reload(), [version]);
  useEffect(() => setOlder([]), [which]);
  useEffect(() => {
    setNext(value?.next ?? null);
    if (which === 'pending' && value !== undefined) onCount(value.approvals.length);
  }, [value]);
  useExpiry(value?.approvals, reload);

  const more = async (): Promise<void> => {
    const list = await load(which, next);
    setOlder((before) => [...before, ...list.approvals]);
    setNext(list.next);
  };
  const first = value?.approvals ?? [];
  const approvals = [...first, ...older.filter(({ id }) => !first.some((each) => each.id === id))];
  const base = which === 'pending' ? '/approvals' : '/decided';
  const title = which === 'pending' ? 'Pending' : 'Decided';
  return html`<div class=${`split${openId === undefined ? '' : ' split-open'}`}>
    <section class="split-list" aria-label=${title}>
      <header class="view-head"><h1>${title}</h1>${which === 'pending' && first.length > 0 ? html`<span class="quiet">${first.length}${next === null ? '' : '+'}</span>` : null}</header>
      ${error === undefined ? null : html`<${Failure} error=${error} again=${reload} />`}
      ${
        value === undefined
          ? error === undefined
            ? html`<${Loading} />`
            : null
          : approvals.length === 0
            ? html`<${Empty} ...${NOTHING[which]} />`
            : html`<${ApprovalList} approvals=${approvals} base=${base} openId=${openId} />`
      }
      ${next === null ? null : html`<p class="pad"><button onClick=${() => void more()}>Show older ones</button></p>`}
    </section>
    ${
      openId === undefined
        ? html`<div class="split-nothing" aria-hidden="true"><p>${approvals.length === 0 ? '' : 'Choose a request.'}</p></div>`
        : html`<${ApprovalPane} key=${openId} id=${openId} version=${version} back=${which === 'pending' ? '/' : '/decided'} />`
    }
  </div>`;
}

const NOTHING = {
  pending: {
    title: 'Nothing waits',
    text: 'What policy holds for a person appears here by itself, the moment it is held.',
  },
  decided: {
    title: 'Nothing decided yet',
    text: 'What was approved, denied, or ran out of time is kept here.',
  },
} as const;

async function load(
  which: ApprovalsViewProps['which'],
  before: string | null = null,
): Promise<ApprovalListAnswer> {
  const place = before === null ? '' : `&before=${before}`;
  const list = await get<ApprovalListAnswer>(`/api/approvals?state=${which}&limit=${PAGE}${place}`);
  const [any] = list.approvals;
  if (any !== undefined) setServerTime(any.nowMs);
  return list;
}

const EXPIRY_SLACK_MS = 1_200;

/** What runs out is ended by the gate's workers within a second; then it is looked at again. */
function useExpiry(approvals: readonly ApprovalSummary[] | undefined, reload: () => void): void {
  const current = useRef(reload);
  current.current = reload;
  useEffect(() => {
    const ends = (approvals ?? [])
      .filter(({ state }) => state === 'pending')
      .map(({ decideByMs }) => decideByMs);
    if (ends.length === 0) return undefined;
    const inMs = Math.max(0, Math.min(...ends) - serverNowMs()) + EXPIRY_SLACK_MS;
    const timer = setTimeout(() => current.current(), Math.min(inMs, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  }, [approvals]);
}
