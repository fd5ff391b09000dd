/** A step between wanting and doing: what will happen, a way back, and what came of it. */
import { useState } from 'preact/hooks';
import { ApiError } from './api-client.ts';
import { html, type View } from './html.ts';
import { Dialog, say } from './notices.ts';

export function Confirm({
  title,
  text,
  button,
  act,
  done,
  onClose,
}: {
  title: string;
  text: string;
  button: string;
  act: () => Promise<void>;
  done: string;
  onClose: () => void;
}): View {
  const [error, setError] = useState('');
  const run = async (): Promise<void> => {
    try {
      await act();
      say(done);
      onClose();
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : 'Something went wrong.');
    }
  };
  return html`<${Dialog} label=${title} onClose=${onClose} tone="dialog-bad">
    <h2>${title}</h2>
    <p>${text}</p>
    ${error === '' ? null : html`<p class="form-error" role="alert">${error}</p>`}
    <div class="row dialog-foot"><button autofocus onClick=${onClose}>Cancel</button><button class="primary bad" onClick=${() => void run()}>${button}</button></div>
  <//>`;
}
