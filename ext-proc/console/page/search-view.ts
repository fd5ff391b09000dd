/** Search: requests by their words, and for auditors the evidence of everything. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EvidenceEvent } from '../../domain/evidence.ts';
import type { ApprovalList as ApprovalListAnswer, EvidenceList, Me } from '../api.ts';
import { get } from './api-client.ts';
import { ApprovalList } from './approval-list.ts';
import { EvidenceRows } from './evidence-rows.ts';
import { html, type View } from './html.ts';
import { navigate } from './navigation.ts';
import { Empty, Failure, Loading, useLoaded } from './notices.ts';

const TYPING_MS = 250;

export function SearchView({ me, words }: { me: Me; words: string }): View {
  const [typed, setTyped] = useState(words);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    const timer = setTimeout(() => {
      navigate(typed.trim() === '' ? '/search' : `/search?q=${encodeURIComponent(typed.trim())}`, {
        replace: true,
      });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const mayReadAll = me.roles.includes('auditor') || me.roles.includes('admin');
  return html`<section class="wide" aria-label="Search">
    <header class="view-head"><h1>Search</h1></header>
    <form role="search" onSubmit=${(event: Event) => event.preventDefault()}>
      <label class="field search-field">
        <span class="sr-only">Words</span>
        <input ref=${field} type="search" maxlength="200" placeholder=${mayReadAll ? 'Who, what, a rule, an id …' : 'Words of a request …'} value=${typed} onInput=${(event: InputEvent) => setTyped((event.target as HTMLInputElement).value)} />
      </label>
    </form>
    ${words === '' && !mayReadAll ? html`<${Empty} title="What do you look for?" text="Words of a request: who asked, where, by which rule, what it does." />` : null}
    ${words === '' ? null : html`<${Requests} words=${words} />`}
    ${mayReadAll ? html`<${Evidence} words=${words} />` : null}
  </section>`;
}

function Requests({ words }: { words: string }): View {
  const { value, error, reload } = useLoaded(words, () =>
    get<ApprovalListAnswer>(`/api/approvals?limit=20&words=${encodeURIComponent(words)}`),
  );
  return html`<section aria-label="Requests">
    <h2>Requests</h2>
    ${error === undefined ? null : html`<${Failure} error=${error} again=${reload} />`}
    ${value === undefined ? (error === undefined ? html`<${Loading} />` : null) : value.approvals.length === 0 ? html`<p class="quiet">None with these words.</p>` : html`<${ApprovalList} approvals=${value.approvals} base="/approvals" openId=${undefined} />`}
  </section>`;
}

function Evidence({ words }: { words: string }): View {
  const [older, setOlder] = useState<readonly EvidenceEvent[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const load = (before: string | null): Promise<EvidenceList> =>
    get<EvidenceList>(
      `/api/search?q=${encodeURIComponent(words)}${before === null ? '' : `&before=${encodeURIComponent(before)}`}`,
    );
  const { value, error, reload } = useLoaded(`evidence ${words}`, () => load(null));
  useEffect(() => {
    setOlder([]);
    setNext(value?.next ?? null);
  }, [value]);
  const more = async (): Promise<void> => {
    const list = await load(next);
    setOlder((before) => [...before, ...list.events]);
    setNext(list.next);
  };
  const events = [...(value?.events ?? []), ...older];
  return html`<section aria-label="Evidence">
    <h2>${words === '' ? 'Latest evidence' : 'Evidence'}</h2>
    ${error === undefined ? null : html`<${Failure} error=${error} again=${reload} />`}
    ${value === undefined ? (error === undefined ? html`<${Loading} />` : null) : events.length === 0 ? html`<p class="quiet">None with these words.</p>` : html`<${EvidenceRows} events=${events} ofSession=${false} />`}
    ${next === null ? null : html`<p class="pad"><button onClick=${() => void more()}>Show older ones</button></p>`}
  </section>`;
}
