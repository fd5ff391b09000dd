/** Audit events as a list, newest or oldest first, whatever protocol they are of. */
import type { EvidenceEvent } from '../../domain/evidence.ts';
import { html, type View } from './html.ts';
import { Marked } from './marked-text.ts';
import { duration, stamp } from './time.ts';

const DECISIONS: Readonly<Record<string, readonly [word: string, chip: string]>> = {
  allow: ['Allowed', 'approved'],
  deny: ['Denied', 'denied'],
  hold: ['Held', 'pending'],
};

export function EvidenceRows({
  events,
  ofSession,
}: {
  events: readonly EvidenceEvent[];
  ofSession: boolean;
}): View {
  return html`<ol class="timeline">
    ${events.map((event) => html`<li key=${event.eventId}><${Row} event=${event} ofSession=${ofSession} /></li>`)}
  </ol>`;
}

function Row({ event, ofSession }: { event: EvidenceEvent; ofSession: boolean }): View {
  const [word, chip] = DECISIONS[event.decision] ?? [event.decision, ''];
  const atMs = Date.parse(event.time);
  return html`<div class="event">
    <p class="event-head row">
      <time datetime=${event.time} class="quiet tabular">${stamp(atMs)}</time>
      <code class="kind">${event.kind}</code>
      <span class=${`chip chip-${chip}`}>${word}</span>
      ${event.outcome === 'ok' || event.outcome === '' ? null : html`<span class="quiet">${event.outcome}${event.errorCode === '' ? '' : ` ${event.errorCode}`}</span>`}
      <span class="grow"></span>
      ${event.approvalId === '' ? null : html`<a href=${`/approvals/${event.approvalId}`}>request</a>`}
      ${ofSession || event.sessionId === '' ? null : html`<a href=${`/sessions/${event.sessionId}`}>session</a>`}
    </p>
    <p><${Marked} text=${event.subject} />${event.onBehalfOf === '' ? null : html` <span class="quiet">for</span> <${Marked} text=${event.onBehalfOf} />`}${event.upstream === '' ? null : html` <span class="quiet">on</span> <${Marked} text=${event.upstream} />`}${event.tool === '' ? null : html` <span class="quiet">tool</span> <${Marked} text=${event.tool} />`}</p>
    ${event.statement === '' ? null : html`<pre class="statement" dir="ltr"><${Marked} text=${event.statement} oneLine=${false} /></pre>`}
    <p class="quiet"><code><${Marked} text=${event.rule} /></code> <${Marked} text=${event.reason} />${event.rows > 0 ? ` · ${event.rows} rows` : ''}${event.durationMs >= 1 ? ` · ${event.durationMs < 1_000 ? `${Math.round(event.durationMs)} ms` : duration(event.durationMs)}` : ''}${event.status > 0 ? ` · status ${event.status}` : ''}</p>
  </div>`;
}
