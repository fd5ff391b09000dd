/** Which view is shown is the address alone: every view has one, to be kept, sent and gone back to. */
import { useEffect, useState } from 'preact/hooks';

const listeners = new Set<() => void>();

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const placeNow = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export function navigate(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  for (const listener of listeners) listener();
}

export function usePlace(): Place {
  const [place, setPlace] = useState(placeNow);
  useEffect(() => {
    const changed = (): void => setPlace(placeNow());
    listeners.add(changed);
    addEventListener('popstate', changed);
    return () => {
      listeners.delete(changed);
      removeEventListener('popstate', changed);
    };
  }, []);
  return place;
}

const PAGES = /^\/(?:$|approvals\/|decided|grants|sessions|search)/;

/** Links within the console change the view without loading the page anew. */
export function followLinksHere(): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link === null || !isPlain || link.target !== '' || link.origin !== location.origin) return;
    if (!PAGES.test(link.pathname)) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
