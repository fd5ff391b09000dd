/** The console's page: finds out who is there, and shows the view that the address names. */
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Me } from '../api.ts';
import { ApiError, readMe, whenSessionIsOver } from './api-client.ts';
import { ApprovalsView } from './approvals-view.ts';
import { GrantsView } from './grants-view.ts';
import { html, type View } from './html.ts';
import { moveFocus, useKeys } from './keyboard.ts';
import { useLiveEvents } from './live-events.ts';
import { followLinksHere, navigate, usePlace } from './navigation.ts';
import { Empty, Failure, Loading, say, Toast } from './notices.ts';
import { SearchView } from './search-view.ts';
import { Frame, NAV, useHelp, Welcome } from './session-frame.ts';
import { SessionsView } from './sessions-view.ts';
import { TimelineView } from './timeline-view.ts';

/** Changes that come at once are looked at once. */
const SETTLE_MS = 80;

function App(): View {
  const [me, setMe] = useState<Me | 'nobody' | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const [isOver, setOver] = useState(false);
  const load = (): void => {
    setError(undefined);
    readMe().then(setMe, (failure: unknown) => {
      if (failure instanceof ApiError && failure.status === 401) setMe('nobody');
      else setError(failure);
    });
  };
  useEffect(() => {
    whenSessionIsOver(() => setOver(true));
    load();
  }, []);
  if (error !== undefined)
    return html`<main class="welcome"><${Failure} error=${error} again=${load} /></main>`;
  if (me === undefined) return html`<${Loading} />`;
  if (me === 'nobody') return html`<${Welcome} />`;
  return html`<${Console} me=${me} isOver=${isOver} onOver=${() => setOver(true)} />`;
}

function Console({ me, isOver, onOver }: { me: Me; isOver: boolean; onOver: () => void }): View {
  const { path, query } = usePlace();
  const [version, setVersion] = useState(0);
  const [grantsVersion, setGrantsVersion] = useState(0);
  const [pending, setPending] = useState(0);
  const settling = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const connection = useLiveEvents(!isOver, {
    onChange: () => {
      clearTimeout(settling.current);
      settling.current = setTimeout(() => setVersion((before) => before + 1), SETTLE_MS);
    },
    onGrants: () => setGrantsVersion((before) => before + 1),
    onEnded: onOver,
  });
  const { help, open } = useHelp();
  useEffect(() => {
    const name = NAV.find(({ href }) => href !== '/' && path.startsWith(href))?.name ?? 'Pending';
    document.title = `${pending > 0 ? `(${pending}) ` : ''}${name} · Gatehouse`;
  }, [path, pending]);
  useKeys({
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    '/': () => navigate('/search'),
    '?': open,
    Escape: () =>
      navigate(path.startsWith('/decided/') ? '/decided' : path.startsWith('/sessions/') ? '/sessions' : '/'),
    ...Object.fromEntries(NAV.map(({ href }, index) => [String(index + 1), () => navigate(href)])),
  });
  const count = (now: number): void =>
    setPending((before) => {
      if (now > before && before > 0) say('A new request waits.');
      return now;
    });
  return html`<${Frame} me=${me} path=${path} pending=${pending} connection=${connection} isOver=${isOver}>
      ${viewOf(path, query, me, version, grantsVersion, count)}
    <//>
    <${Toast} />${help}`;
}

function viewOf(
  path: string,
  query: URLSearchParams,
  me: Me,
  version: number,
  grantsVersion: number,
  onCount: (now: number) => void,
): View {
  const [, view = '', id] = path.split('/');
  switch (view) {
    case '':
    case 'approvals':
      return html`<${ApprovalsView} key="pending" which="pending" openId=${id} version=${version} onCount=${onCount} />`;
    case 'decided':
      return html`<${ApprovalsView} key="decided" which="decided" openId=${id} version=${version} onCount=${onCount} />`;
    case 'grants':
      return html`<${GrantsView} me=${me} version=${grantsVersion + version} />`;
    case 'sessions':
      return id === undefined
        ? html`<${SessionsView} me=${me} />`
        : html`<${TimelineView} key=${id} sessionId=${id} />`;
    case 'search':
      return html`<${SearchView} me=${me} words=${query.get('q') ?? ''} />`;
    default:
      return html`<${Empty} title="There is nothing here" text="Choose a view." />`;
  }
}

followLinksHere();
render(html`<${App} />`, document.getElementById('app') as HTMLElement);
