/** Live sessions of agents, on whichever worker. */
import { useState } from 'preact/hooks';
import type { LiveSession } from '../../domain/ports.ts';
import type { LiveSessionList, Me } from '../api.ts';
import { get, remove } from './api-client.ts';
import { Confirm } from './confirm.ts';
import { html, type View } from './html.ts';
import { Marked } from './marked-text.ts';
import { Empty, Failure, Loading, useLoaded, useRefresh } from './notices.ts';
import { ago, stamp } from './time.ts';

export function SessionsView({ me }: { me: Me }): View {
  const { value, error, reload } = useLoaded('sessions', () => get<LiveSessionList>('/api/sessions'));
  const [asked, setAsked] = useState<LiveSession | undefined>(undefined);
  useRefresh(reload);
  const sessions = value?.sessions ?? [];
  const isAdmin = me.roles.includes('admin');
  return html`<section class="wide" aria-label="Live sessions">
    <header class="view-head"><h1>Live sessions</h1>${sessions.length > 0 ? html`<span class="quiet">${sessions.length}</span>` : null}</header>
    ${error === undefined ? null : html`<${Failure} error=${error} again=${reload} />`}
    ${value === undefined && error === undefined ? html`<${Loading} />` : null}
    ${value !== undefined && sessions.length === 0 ? html`<${Empty} title="Nobody is connected" text="Sessions of agents appear here while they last. What has ended is found by Search." />` : null}
    <ul class="cards">
      ${sessions.map(
        (each) => html`<li key=${each.sessionId} class="card">
          <p class="card-title"><a href=${`/sessions/${each.sessionId}`} data-row><${Marked} text=${each.principalSubject} />${each.onBehalfOf === '' ? null : html` <span class="quiet">for</span> <${Marked} text=${each.onBehalfOf} />`}</a></p>
          <p><${Marked} text=${each.upstream} />${each.database === '' ? null : html` <span class="quiet">database</span> <${Marked} text=${each.database} />`}</p>
          <p class="row">
            <span class="quiet" title=${stamp(each.startedAtMs)}>since ${ago(each.startedAtMs)}, from <${Marked} text=${each.clientAddress} />, ${each.worker}</span>
            <span class="grow"></span>
            ${isAdmin ? html`<button class="bad" onClick=${() => setAsked(each)}>End …</button>` : null}
          </p>
        </li>`,
      )}
    </ul>
    ${
      asked === undefined
        ? null
        : html`<${Confirm}
            title="End this session?"
            text=${`The session of ${asked.principalSubject} on ${asked.upstream} is closed at once. That you did is recorded.`}
            button="End session"
            act=${() => remove(`/api/sessions/${asked.sessionId}`)}
            done="Ended."
            onClose=${() => {
              setAsked(undefined);
              reload();
            }}
          />`
    }
  </section>`;
}
