/** Around the views: where one can go, who one is, whether the page is live, and what to do when the session is over. */
import { useState } from 'preact/hooks';
import type { Me } from '../api.ts';
import { post } from './api-client.ts';
import { html, type View } from './html.ts';
import { KEY_HELP } from './keyboard.ts';
import type { Connection } from './live-events.ts';
import { Dialog } from './notices.ts';

export interface NavItem {
  readonly href: string;
  readonly name: string;
  readonly icon: string;
}

/** Paths of 20 by 20. */
export const NAV: readonly NavItem[] = [
  { href: '/', name: 'Pending', icon: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm0 3.4V10l2.6 1.6' },
  { href: '/decided', name: 'Decided', icon: 'M4 10.6 8.2 15 16 5.5' },
  {
    href: '/grants',
    name: 'Grants',
    icon: 'M13 3a4 4 0 1 1-3.6 5.7L3.5 14.6V17H6v-2h2v-2h1.5l1.2-1.2M13.6 6.4h.01',
  },
  { href: '/sessions', name: 'Sessions', icon: 'M3 5h14v8.5H3zM7 17h6M10 13.5V17' },
  { href: '/search', name: 'Search', icon: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM13 13l4 4' },
];

const loginHref = (more = ''): string =>
  `/login?return=${encodeURIComponent(location.pathname + location.search)}${more}`;

const isHere = (href: string, path: string): boolean =>
  href === '/'
    ? path === '/' || path.startsWith('/approvals/')
    : path === href || path.startsWith(`${href}/`);

export function Frame({
  me,
  path,
  pending,
  connection,
  isOver,
  children,
}: {
  me: Me;
  path: string;
  pending: number;
  connection: Connection;
  isOver: boolean;
  children?: unknown;
}): View {
  return html`<a class="skip" href="#main">To the content</a>
    <div class="frame">
      <nav class="nav" aria-label="Views">
        <a class="brand" href="/"><img src="/assets/console/page/icon.svg" alt="" width="26" height="26" /><span>Gatehouse</span></a>
        <ul>
          ${NAV.map(
            ({ href, name, icon }) => html`<li>
              <a href=${href} aria-current=${isHere(href, path) ? 'page' : undefined}>
                <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d=${icon} /></svg>
                <span>${name}</span>
                ${name === 'Pending' && pending > 0 ? html`<b class="count" aria-label=${`${pending} wait`}>${pending}</b>` : null}
              </a>
            </li>`,
          )}
        </ul>
        <${Account} me=${me} connection=${connection} />
      </nav>
      <main id="main" tabindex="-1">
        ${
          isOver
            ? html`<div class="notice notice-warn over" role="alert">
                <p><strong>Your session has ended.</strong> Log in again: you come back to this view.</p>
                <a class="button primary" href=${loginHref()}>Log in again</a>
              </div>`
            : connection === 'away'
              ? html`<div class="notice notice-warn over" role="status"><p>The console does not answer; trying again. What you see may be old.</p></div>`
              : null
        }
        ${children}
      </main>
    </div>`;
}

const LIVE: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  away: 'Not connected',
};

function Account({ me, connection }: { me: Me; connection: Connection }): View {
  const logout = (): void =>
    void post('/api/logout')
      .catch(() => undefined)
      .then(() => location.assign('/'));
  return html`<div class="account">
    <p class=${`live live-${connection}`} role="status"><i aria-hidden="true"></i>${LIVE[connection]}</p>
    <p class="me"><strong>${me.name}</strong><span class="quiet">${me.roles.length === 0 ? 'no role' : me.roles.join(', ')}</span></p>
    <button class="link" onClick=${logout}>Log out</button>
  </div>`;
}

export function Welcome(): View {
  return html`<main class="welcome" id="main">
    <p class="brand"><img src="/assets/console/page/icon.svg" alt="" width="40" height="40" /> Gatehouse</p>
    <h1>What agents may not do alone, people decide here.</h1>
    <p>Log in to see what waits for you.</p>
    <p class="row"><a class="button primary" href=${loginHref()}>Log in</a> <a class="button" href=${loginHref('&prompt=login')}>Log in as somebody else</a></p>
  </main>`;
}

export function useHelp(): { readonly help: View; readonly open: () => void } {
  const [isOpen, setOpen] = useState(false);
  const help = isOpen
    ? html`<${Dialog} label="Keys" onClose=${() => setOpen(false)}>
        <h2>Keys</h2>
        <dl class="keys">${KEY_HELP.map(([keys, what]) => html`<div><dt>${keys.split(' ').map((key) => (key === '…' ? ' … ' : html`<kbd>${key}</kbd> `))}</dt><dd>${what}</dd></div>`)}</dl>
        <div class="row dialog-foot"><button autofocus onClick=${() => setOpen(false)}>Close</button></div>
      <//>`
    : null;
  return { help, open: () => setOpen(true) };
}
