/** Standing grants: what is let through without asking, until when, how often it was used, and how to end it. */
import { useEffect, useState } from 'preact/hooks';
import type { GrantList, GrantView, Me } from '../api.ts';
import { get, remove } from './api-client.ts';
import { Confirm } from './confirm.ts';
import { html, type View } from './html.ts';
import { Marked } from './marked-text.ts';
import { Empty, Failure, Loading, useLoaded } from './notices.ts';
import { duration, serverNowMs, stamp, useTick } from './time.ts';

export function GrantsView({ me, version }: { me: Me; version: number }): View {
  useTick();
  const { value, error, reload } = useLoaded('grants', () => get<GrantList>('/api/grants'));
  const [asked, setAsked] = useState<GrantView | undefined>(undefined);
  useEffect(() => reload(), [version]);
  const grants = value?.grants ?? [];
  const isGood = (grant: GrantView): boolean => grant.revokedBy === null && grant.expiresAtMs > serverNowMs();
  const sorted = [...grants.filter(isGood), ...grants.filter((each) => !isGood(each))];
  const mayRevoke = (grant: GrantView): boolean =>
    isGood(grant) && (me.roles.includes('admin') || grant.reviewers.includes(me.subject));
  return html`<section class="wide" aria-label="Grants">
    <header class="view-head"><h1>Standing grants</h1></header>
    <p class="lead">What reviewers approved for more than one time. While a grant lasts, what it covers is not held.</p>
    ${error === undefined ? null : html`<${Failure} error=${error} again=${reload} />`}
    ${value === undefined && error === undefined ? html`<${Loading} />` : null}
    ${value !== undefined && sorted.length === 0 ? html`<${Empty} title="No grants" text="A reviewer may give one with an approval, where policy lets them." />` : null}
    <ul class="cards">
      ${sorted.map(
        (grant) => html`<li key=${grant.id} class=${`card${isGood(grant) ? '' : ' card-over'}`}>
          <p class="card-title"><a href=${`/decided/${grant.approvalId}`} data-row><${Marked} text=${grant.words === '' ? grant.rule : grant.words} /></a></p>
          <p><${Marked} text=${grant.requester} /> <span class="quiet">on</span> <${Marked} text=${grant.upstream} /></p>
          <p class="quiet">
            ${grant.scope === 'nothing' ? 'The very same action only' : 'This kind of action, other values'}${grant.rowsMax === null ? '' : `, ${grant.rowsMax} ${grant.rowsMax === 1 ? 'row' : 'rows'} at most each time`}.
            Given by <${Marked} text=${grant.reviewers.join(', ')} />. Used ${grant.uses} ${grant.uses === 1 ? 'time' : 'times'}.
          </p>
          <p class="row">
            <span class=${isGood(grant) ? 'chip chip-approved' : 'chip'} title=${stamp(grant.expiresAtMs)}>${
              grant.revokedBy !== null
                ? `Revoked by ${grant.revokedBy}`
                : isGood(grant)
                  ? `${duration(grant.expiresAtMs - serverNowMs())} left`
                  : 'Over'
            }</span>
            <span class="grow"></span>
            ${mayRevoke(grant) ? html`<button class="bad" onClick=${() => setAsked(grant)}>Revoke …</button>` : null}
          </p>
        </li>`,
      )}
    </ul>
    ${
      asked === undefined
        ? null
        : html`<${Confirm}
            title="Revoke this grant?"
            text="From now on what it covers is held again."
            button="Revoke"
            act=${() => remove(`/api/grants/${asked.id}`)}
            done="Revoked."
            onClose=${() => {
              setAsked(undefined);
              reload();
            }}
          />`
    }
  </section>`;
}
