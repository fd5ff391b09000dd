/** One session from its first event to its last, whatever protocols it spoke, approvals included. */
import { useEffect } from 'preact/hooks';
import type { EvidenceList } from '../api.ts';
import { get } from './api-client.ts';
import { EvidenceRows } from './evidence-rows.ts';
import { html, type View } from './html.ts';
import { Empty, Failure, Loading, useLoaded } from './notices.ts';

const REFRESH_MS = 3_000;

export function TimelineView({ sessionId }: { sessionId: string }): View {
  const { value, error, reload } = useLoaded(sessionId, () =>
    get<EvidenceList>(`/api/sessions/${sessionId}/timeline`),
  );
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [sessionId]);
  return html`<section class="wide" aria-label="Timeline">
    <p class="back back-always"><a href="/sessions">← Live sessions</a></p>
    <header class="view-head"><h1>Timeline</h1><code class="quiet">${sessionId}</code></header>
    ${error === undefined ? null : html`<${Failure} error=${error} again=${reload} />`}
    ${value === undefined && error === undefined ? html`<${Loading} />` : null}
    ${value !== undefined && value.events.length === 0 ? html`<${Empty} title="Nothing yet" text="Events reach the evidence within seconds of their happening." />` : null}
    ${value === undefined ? null : html`<${EvidenceRows} events=${value.events} ofSession=${true} />`}
  </section>`;
}
