/** What is said where there is nothing to show, where something failed, and when something was done. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api-client.ts';
import { html, type View } from './html.ts';

export function Empty({ title, text }: { title: string; text: string }): View {
  return html`<div class="empty"><p class="empty-title">${title}</p><p>${text}</p></div>`;
}

const HELP: Readonly<Record<string, string>> = {
  GH_APPROVALS_UNAVAILABLE:
    'The approvals store cannot be used now. Nothing can be decided, and the gate lets nothing through, until it is back.',
  GH_JOURNAL_UNAVAILABLE:
    'The console cannot record what it would show, so it shows nothing. Tell the operators.',
};

export function Failure({ error, again }: { error: unknown; again?: () => void }): View {
  const text =
    error instanceof ApiError ? (HELP[error.code] ?? error.message) : 'Something went wrong on this page.';
  const code = error instanceof ApiError ? error.code : '';
  return html`<div class="notice notice-bad" role="alert">
    <p>${text}</p>
    <p class="row">
      ${again === undefined ? null : html`<button onClick=${again}>Try again</button>`}
      ${code === '' ? null : html`<code class="quiet">${code}</code>`}
    </p>
  </div>`;
}

export const Loading = (): View => html`<p class="quiet pad" aria-busy="true">Loading …</p>`;

/** Loads at first and whenever `key` changes; `reload` keeps on show what there is. */
export function useLoaded<T>(
  key: string,
  load: () => Promise<T>,
): { readonly value: T | undefined; readonly error: unknown; readonly reload: () => void } {
  const [state, setState] = useState<{ key: string; value: T | undefined; error: unknown }>({
    key,
    value: undefined,
    error: undefined,
  });
  const latest = useRef(0);
  const run = (): void => {
    const mine = ++latest.current;
    load().then(
      (value) => mine === latest.current && setState({ key, value, error: undefined }),
      (error: unknown) =>
        mine === latest.current &&
        setState((before) => ({ key, value: before.key === key ? before.value : undefined, error })),
    );
  };
  useEffect(() => {
    run();
    return () => {
      latest.current++;
    };
  }, [key]);
  const isCurrent = state.key === key;
  return {
    value: isCurrent ? state.value : undefined,
    error: isCurrent ? state.error : undefined,
    reload: run,
  };
}

const REFRESH_MS = 3_000;

/** For what changes without saying so: loads it again every few seconds, while somebody looks. */
export function useRefresh(reload: () => void): void {
  const current = useRef(reload);
  current.current = reload;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) current.current();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
}

let sayIt: (text: string) => void = () => undefined;
/** Shows it for a while, and reads it out. */
export const say = (text: string): void => sayIt(text);

const SHOWN_MS = 6_000;

export function Toast(): View {
  const [text, setText] = useState('');
  useEffect(() => {
    sayIt = setText;
  }, []);
  useEffect(() => {
    if (text === '') return undefined;
    const timer = setTimeout(() => setText(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<div class=${`toast${text === '' ? '' : ' toast-on'}`} role="status" aria-live="polite">${text}</div>`;
}

/** A question that is answered in a dialog, never by one key. */
export function Dialog({
  label,
  onClose,
  children,
  tone = '',
}: {
  label: string;
  onClose: () => void;
  children?: unknown;
  tone?: string;
}): View {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return html`<dialog ref=${element} class=${tone} aria-label=${label} onClose=${onClose}>${children}</dialog>`;
}
