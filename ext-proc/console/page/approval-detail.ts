/** One request with all that a reviewer needs to decide it: who, what exactly, why it is held, what was decided before. */
import { useState } from 'preact/hooks';
import type { ApprovalDecisionView, ApprovalDetail, ApprovalSummary } from '../api.ts';
import { get } from './api-client.ts';
import { Left, Quorum, StateChip, Who } from './approval-list.ts';
import { DecisionDialog, type Question } from './decision-form.ts';
import { html, type View } from './html.ts';
import { useKeys } from './keyboard.ts';
import { deceptions, Marked } from './marked-text.ts';
import { Failure, Loading, useLoaded } from './notices.ts';
import { ago, clock, duration, setServerTime, stamp, useTick } from './time.ts';

const PAYLOAD_TITLES: Readonly<Record<ApprovalDetail['view']['language'], string>> = {
  sql: 'Exactly this statement runs',
  http: 'Exactly this request is sent',
  json: 'Exactly this is sent',
  text: 'Exactly this',
};

export function ApprovalPane({ id, version, back }: { id: string; version: number; back: string }): View {
  const { value, error, reload } = useLoaded(`${id} ${version}`, async () => {
    const detail = await get<ApprovalDetail>(`/api/approvals/${id}`);
    setServerTime(detail.nowMs);
    return detail;
  });
  // Loading it again keeps on show what there is.
  const [kept, setKept] = useState<ApprovalDetail | undefined>(undefined);
  if (value !== undefined && value !== kept) setKept(value);
  const shown = value ?? (kept?.id === id ? kept : undefined);
  return html`<article class="pane" aria-label="Request">
    <p class="back"><a href=${back}>← Back to the list</a></p>
    ${error === undefined ? null : html`<${Failure} error=${error} again=${reload} />`}
    ${shown === undefined ? (error === undefined ? html`<${Loading} />` : null) : html`<${Detail} key=${id} approval=${shown} reload=${reload} />`}
  </article>`;
}

function Detail({ approval, reload }: { approval: ApprovalDetail; reload: () => void }): View {
  const [question, setQuestion] = useState<Question | undefined>(undefined);
  const isOpen = approval.state === 'pending';
  useKeys(
    {
      a: () => approval.mayDecide && setQuestion('approve'),
      d: () => approval.mayDecide && setQuestion('deny'),
    },
    isOpen,
  );
  const { view } = approval;
  const tricks = new Set([
    ...deceptions([view.payload, ...view.parameters]),
    ...deceptions([view.words, ...view.facts.flat(), ...view.warnings], { oneLine: true }),
  ]);
  return html`<div class="detail">
      <header class="detail-head">
        <p class="row">
          <${StateChip} state=${approval.state} />
          <${Quorum} agreed=${approval.agreed} needed=${approval.needed} />
          <span class="grow"></span>
          ${isOpen ? html`<${Left} approval=${approval} />` : html`<span class="quiet">${ago(approval.stateSinceMs)}</span>`}
        </p>
        <h1><${Marked} text=${view.words} /></h1>
        <p class="detail-who"><${Who} ...${approval.requester} /></p>
      </header>
      ${approval.text === '' ? null : html`<p class="policy-text"><${Marked} text=${approval.text} /></p>`}
      ${tricks.size === 0 ? null : html`<div class="notice notice-warn"><ul>${[...tricks].map((each) => html`<li>${each}</li>`)}</ul></div>`}
      ${view.warnings.map((each) => html`<p class="notice notice-warn"><${Marked} text=${each} /></p>`)}
      <section aria-label="Payload">
        <h2>${PAYLOAD_TITLES[view.language]}</h2>
        <pre class="payload" dir="ltr" tabindex="0" aria-label="Payload"><${Marked} text=${view.payload} oneLine=${false} /></pre>
        ${
          view.parameters.length === 0
            ? null
            : html`<ol class="parameters" aria-label="Parameters">
                ${view.parameters.map((each, index) => html`<li><code>$${index + 1}</code> <span class="value"><${Marked} text=${each} /></span></li>`)}
              </ol>`
        }
      </section>
      <${Facts} approval=${approval} />
      <${Decisions} approval=${approval} />
      <${Similar} similar=${approval.similar} />
      ${approval.mayBreakGlass ? html`<${Emergency} ask=${() => setQuestion('emergency')} />` : null}
      <${Small} approval=${approval} />
      ${isOpen ? html`<${DecisionBar} approval=${approval} ask=${setQuestion} />` : html`<${Ended} approval=${approval} />`}
    </div>
    ${
      question === undefined
        ? null
        : html`<${DecisionDialog}
            approval=${approval}
            question=${question}
            onClose=${() => setQuestion(undefined)}
            onDecided=${() => {
              setQuestion(undefined);
              reload();
            }}
          />`
    }`;
}

function Facts({ approval }: { approval: ApprovalDetail }): View {
  const { view, rule, reason, upstream, protocol, mode, stage, requirements } = approval;
  const facts: readonly (readonly [unknown, unknown])[] = [
    ['On', html`<${Marked} text=${upstream} /> <span class="quiet">(${protocol})</span>`],
    ...view.facts.map(
      ([name, value]) => [html`<${Marked} text=${name} />`, html`<${Marked} text=${value} />`] as const,
    ),
    ['Held by', html`<code><${Marked} text=${rule} /></code> <${Marked} text=${reason} />`],
    [
      'Who decides',
      html`${requirements.map(
        ({ count, groups, people }, index) =>
          html`${index > 0 ? ', and ' : ''}${count} of <${Marked} text=${[...groups.map((each) => `group ${each}`), ...people].join(', ')} />`,
      )}`,
    ],
    ...(approval.state === 'pending' ? [['Meanwhile', meanwhile(mode, stage)] as const] : []),
    ...(approval.repeats > 0 ? [['Asked', `${approval.repeats + 1} times`] as const] : []),
  ];
  return html`<section aria-label="Facts">
    <dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
  </section>`;
}

const meanwhile = (mode: ApprovalDetail['mode'], stage: ApprovalDetail['stage']): string =>
  stage === 'commit'
    ? 'it has run, and waits to be committed'
    : mode === 'wait'
      ? 'the stream waits'
      : 'it was refused, and may come again once approved';

function Decisions({ approval }: { approval: ApprovalDetail }): View {
  const { decisions } = approval;
  if (decisions.length === 0) return null;
  return html`<section aria-label="Decisions">
    <h2>Decisions</h2>
    <ul class="decisions">${decisions.map((each) => html`<${Decision} decision=${each} />`)}</ul>
  </section>`;
}

function Decision({ decision }: { decision: ApprovalDecisionView }): View {
  const { verdict, reviewer, name, reason, channel, breakGlass, decidedAtMs } = decision;
  return html`<li>
    <span class=${`chip chip-${verdict === 'approve' ? 'approved' : 'denied'}`}>${verdict === 'approve' ? 'Approved' : 'Denied'}</span>
    <span><strong><${Marked} text=${name} /></strong>${name === reviewer ? null : html` <span class="quiet"><${Marked} text=${reviewer} /></span>`}</span>
    ${breakGlass ? html`<span class="chip chip-denied">Emergency</span>` : null}
    <span class="quiet" title=${stamp(decidedAtMs)}>${clock(decidedAtMs)}, ${CHANNELS[channel]}</span>
    ${reason === '' ? null : html`<p class="said"><${Marked} text=${reason} oneLine=${false} /></p>`}
  </li>`;
}

const CHANNELS: Readonly<Record<ApprovalDecisionView['channel'], string>> = {
  console: 'in the console',
  cli: 'in the terminal',
  webhook: 'by webhook',
  slack: 'in Slack',
  teams: 'in Teams',
};

function Similar({ similar }: { similar: readonly ApprovalSummary[] }): View {
  if (similar.length === 0) return null;
  return html`<section aria-label="Similar requests">
    <h2>Decided before, of the same kind</h2>
    <ul class="similar">
      ${similar.map(
        (each) => html`<li>
          <${StateChip} state=${each.state} />
          <a href=${`/decided/${each.id}`}><${Marked} text=${each.words} /></a>
          <span class="quiet"><${Marked} text=${each.requester.subject} />, ${ago(each.createdAtMs)}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}

function Small({ approval }: { approval: ApprovalDetail }): View {
  const rows: readonly (readonly [string, unknown])[] = [
    ['Request', html`<code>${approval.id}</code>`],
    ['Action digest', html`<code>${approval.actionDigest}</code>`],
    ['Policy bundle', html`<code>${approval.bundleHash}</code>`],
    ['Asked', stamp(approval.createdAtMs)],
    ['Decide by', stamp(approval.decideByMs)],
    [
      'Token',
      html`<${Marked} text=${approval.issuer} /> <span class="quiet">groups</span> <${Marked} text=${approval.groups.join(', ')} />`,
    ],
    ['Client', html`<${Marked} text=${approval.clientAddress} />`],
    ['Session', html`<a href=${`/sessions/${approval.sessionId}`}><code>${approval.sessionId}</code></a>`],
    ...(approval.releasedBy === null
      ? []
      : [['Let through as', html`<code>${approval.releasedBy}</code>`] as const]),
    ...(approval.why === '' ? [] : [['Why it ended', html`<code>${approval.why}</code>`] as const]),
  ];
  return html`<details class="small-print">
    <summary>Everything else</summary>
    <dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
  </details>`;
}

/** Apart from the ordinary way, so that nobody takes it by habit. */
function Emergency({ ask }: { ask: () => void }): View {
  return html`<section class="emergency" aria-label="Emergency">
    <p><strong>Emergency</strong> <span>A group of yours may approve this alone. It is recorded as one, and told.</span></p>
    <button class="bad" onClick=${ask}>Approve alone …</button>
  </section>`;
}

function DecisionBar({
  approval,
  ask,
}: {
  approval: ApprovalDetail;
  ask: (question: Question) => void;
}): View {
  const now = useTick();
  const isUp = approval.decideByMs <= now;
  return html`<footer class="decision-bar">
    ${
      isUp
        ? html`<p class="quiet">Its time is up.</p>`
        : approval.mayDecide
          ? html`<div class="row">
              <button class="primary good" onClick=${() => ask('approve')}>Approve … <kbd>a</kbd></button>
              <button class="bad" onClick=${() => ask('deny')}>Deny … <kbd>d</kbd></button>
            </div>`
          : html`<p class="may-not"><strong>Not yours to decide.</strong> ${approval.mayNotMessage}</p>`
    }
  </footer>`;
}

function Ended({ approval }: { approval: ApprovalDetail }): View {
  const now = useTick();
  const leftMs = approval.useByMs - now;
  const texts: Readonly<Record<Exclude<ApprovalDetail['state'], 'pending'>, string>> = {
    approved:
      approval.mode === 'wait'
        ? 'The gate checks it once more and lets it through.'
        : leftMs > 0
          ? `It goes through when it is sent again, within ${duration(leftMs)}.`
          : 'It was not sent again in time.',
    denied: 'It was denied: it does not run.',
    expired: 'Nobody decided in time, or it was not used in time: it did not run.',
    cancelled: 'Whoever asked went away, or no longer wants it: it did not run.',
    abandoned: 'The worker that held it is gone: it did not run.',
    released: 'It was let through, once.',
  };
  return html`<footer class="decision-bar"><p>${approval.state === 'pending' ? '' : texts[approval.state]}</p></footer>`;
}
