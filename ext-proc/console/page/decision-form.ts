/**
 * Deciding. A key or a button only opens the question; the answer is a second, deliberate step in a dialog that says what
 * will happen. What one has typed survives a login in between.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApprovalDetail, DecisionAnswer, DecisionBody } from '../api.ts';
import { ApiError, post } from './api-client.ts';
import { html, type View } from './html.ts';
import { Dialog, say } from './notices.ts';

export type Question = 'approve' | 'deny' | 'emergency';

const REASON_CHARACTERS_MAX = 1_000;
const MINUTES = [5, 15, 30, 60, 240, 480, 1_440];

const TEXTS = {
  approve: {
    title: 'Approve this?',
    text: 'Exactly what is shown runs, once. Whatever has changed by then is refused.',
    button: 'Approve',
    tone: 'good',
  },
  deny: { title: 'Deny this?', text: 'Whoever asked is told your reason.', button: 'Deny', tone: 'bad' },
  emergency: {
    title: 'Approve alone, in an emergency?',
    text: 'You stand in for everybody who would have to agree. It is recorded as an emergency, and told.',
    button: 'Approve in an emergency',
    tone: 'bad',
  },
} as const;

const draftKey = (id: string): string => `reason ${id}`;

export function DecisionDialog({
  approval,
  question,
  onClose,
  onDecided,
}: {
  approval: ApprovalDetail;
  question: Question;
  onClose: () => void;
  onDecided: () => void;
}): View {
  const { id, actionDigest, grant } = approval;
  const [reason, setReason] = useState(() => sessionStorage.getItem(draftKey(id)) ?? '');
  const [minutes, setMinutes] = useState(0);
  const [scope, setScope] = useState<'nothing' | 'literals'>('nothing');
  const [isSure, setSure] = useState(question !== 'emergency');
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => sessionStorage.setItem(draftKey(id), reason), [id, reason]);

  const { title, text, button, tone } = TEXTS[question];
  const needsReason = question !== 'approve';
  const isReady = isSure && !isBusy && (!needsReason || reason.trim() !== '');

  async function decide(): Promise<void> {
    if (!isReady) {
      setError(needsReason && reason.trim() === '' ? 'Say why.' : 'Confirm that it is an emergency.');
      return;
    }
    setBusy(true);
    setError('');
    const body: DecisionBody = {
      verdict: question === 'deny' ? 'deny' : 'approve',
      reason: reason.trim(),
      actionDigest,
      ...(question === 'emergency' ? { breakGlass: true } : {}),
      ...(question === 'approve' && minutes > 0 ? { grant: { minutes, scope } } : {}),
    };
    try {
      const answer = await post<DecisionAnswer>(`/api/approvals/${id}/decision`, body);
      sessionStorage.removeItem(draftKey(id));
      say(outcome(answer, minutes));
      onDecided();
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : 'Something went wrong on this page.');
      setBusy(false);
      if (failure instanceof ApiError && failure.status === 409) onDecided();
    }
  }

  return html`<${Dialog} label=${title} onClose=${onClose} tone=${`dialog-${tone}`}>
    <form
      onSubmit=${(event: Event) => {
        event.preventDefault();
        void decide();
      }}
      onKeyDown=${(event: KeyboardEvent) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void decide();
      }}
    >
      <h2>${title}</h2>
      <p>${text}</p>
      <label class="field">
        <span>Reason${needsReason ? '' : html` <span class="quiet">(if you like)</span>`}</span>
        <textarea
          ref=${field}
          rows="3"
          maxlength=${REASON_CHARACTERS_MAX}
          value=${reason}
          aria-required=${needsReason ? 'true' : 'false'}
          onInput=${(event: InputEvent) => setReason((event.target as HTMLTextAreaElement).value)}
        ></textarea>
      </label>
      ${question === 'approve' && grant !== null ? html`<${GrantFields} grant=${grant} protocol=${approval.protocol} minutes=${minutes} scope=${scope} setMinutes=${setMinutes} setScope=${setScope} />` : null}
      ${question === 'emergency' ? html`<label class="check"><input type="checkbox" checked=${isSure} onChange=${(event: Event) => setSure((event.target as HTMLInputElement).checked)} /> It is an emergency, and I answer for it.</label>` : null}
      ${error === '' ? null : html`<p class="form-error" role="alert">${error}</p>`}
      <div class="row dialog-foot">
        <button type="submit" class=${`primary ${tone}`} disabled=${isBusy}>${isBusy ? 'One moment …' : button}</button>
        <button type="button" onClick=${onClose}>Cancel</button>
        <span class="quiet grow key-hint"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
      </div>
    </form>
  <//>`;
}

/** What a grant for other values leaves open. */
const OTHER_VALUES: Readonly<Record<string, string>> = {
  postgres: 'this statement, with other values in it',
  http: 'requests of this kind, whatever their parameters and body hold',
  mcp: 'calls of this tool, whatever their arguments hold',
};

function GrantFields({
  grant,
  protocol,
  minutes,
  scope,
  setMinutes,
  setScope,
}: {
  grant: NonNullable<ApprovalDetail['grant']>;
  protocol: string;
  minutes: number;
  scope: 'nothing' | 'literals';
  setMinutes: (minutes: number) => void;
  setScope: (scope: 'nothing' | 'literals') => void;
}): View {
  const choices = [...new Set([...MINUTES.filter((each) => each < grant.minutesMax), grant.minutesMax])];
  return html`<fieldset class="grant-fields">
    <legend>How far</legend>
    <label class="field">
      <span>Approve</span>
      <select value=${String(minutes)} onChange=${(event: Event) => setMinutes(Number((event.target as HTMLSelectElement).value))}>
        <option value="0">this once</option>
        ${choices.map((each) => html`<option value=${String(each)}>for ${each} minutes</option>`)}
      </select>
    </label>
    ${
      minutes === 0
        ? null
        : html`<div>
            ${grant.scopes.map(
              (each) => html`<label class="check"
                ><input type="radio" name="scope" value=${each} checked=${scope === each} onChange=${() => setScope(each)} />
                ${each === 'nothing' ? 'the very same action, as often as it comes' : (OTHER_VALUES[protocol] ?? 'this kind of action, with other values in it')}</label
              >`,
            )}
            <p class="quiet">
              ${grant.rowsMax === null ? '' : `Each use may change ${grant.rowsMax} ${grant.rowsMax === 1 ? 'row' : 'rows'} at most. `}It takes everybody who
              approves to agree to it; it can be revoked at once, and every use is recorded.
            </p>
          </div>`
    }
  </fieldset>`;
}

function outcome({ state, agreed, needed, grant }: DecisionAnswer, minutes: number): string {
  if (state === 'denied') return 'Denied.';
  if (state === 'pending') return `Recorded: ${agreed} of ${needed} have agreed.`;
  if (grant !== null) return `Approved, and for ${minutes} minutes to come.`;
  return minutes > 0 ? 'Approved, this once: not everybody agreed to more.' : 'Approved.';
}
