/** One session from its first event to its last, whatever protocols it spoke, approvals included. */
import type { EvidenceList } from '../api.ts';
import { get } from './api-client.ts';
import { EvidenceRows } from './evidence-rows.ts';
import { html, type View } from './html.ts';
import { Empty, Failure, Loading, useLoaded, useRefresh } from './notices.ts';

export function TimelineView({ sessionId }: { sessionId: string }): View {
  const { value, error, reload } = useLoaded(sessionId, () =>
    get<EvidenceList>(`/api/sessions/${sessionId}/timeline`),
  );
  useRefresh(reload);
  return html`<section class="wide" aria-label="Timeline">
    <p class="back back-always"><a href="/sessions">← Live sessions</a></p>
    <header class="view-head"><h1>Timeline</h1><code class="quiet">${sessionId}</code></header>
    ${error === undefined ? null : html`<${Failure} error=${error} again=${reload} />`}
    ${value === undefined && error === undefined ? html`<${Loading} />` : null}
    ${value !== undefined && value.events.length === 0 ? html`<${Empty} title="Nothing yet" text="Events reach the evidence within seconds of their happening." />` : null}
    ${value === undefined ? null : html`<${EvidenceRows} events=${value.events} ofSession=${true} />`}
  </section>`;
}
