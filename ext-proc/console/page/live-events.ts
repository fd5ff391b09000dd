/** The stream of changes (Server-Sent Events). It connects again by itself; whoever listens then loads everything anew. */
import { useEffect, useRef, useState } from 'preact/hooks';

export type Connection = 'connecting' | 'live' | 'away';

export interface LiveListener {
  /** Undefined: anything may have changed meanwhile. */
  readonly onChange: (ids: readonly string[] | undefined) => void;
  readonly onGrants: () => void;
  readonly onEnded: () => void;
}

const AGAIN_MS = 2_000;

export function useLiveEvents(isOn: boolean, listener: LiveListener): Connection {
  const [connection, setConnection] = useState<Connection>('connecting');
  const current = useRef(listener);
  current.current = listener;
  useEffect(() => {
    if (!isOn) return undefined;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const connect = (): void => {
      source = new EventSource('/api/events');
      source.addEventListener('hello', () => {
        setConnection('live');
        current.current.onChange(undefined);
      });
      source.addEventListener('change', (event: MessageEvent<string>) =>
        current.current.onChange((JSON.parse(event.data) as { ids: string[] }).ids),
      );
      source.addEventListener('grants', () => current.current.onGrants());
      source.addEventListener('ended', () => {
        source?.close();
        current.current.onEnded();
      });
      source.onerror = () => {
        setConnection('away');
        // What was answered with an error is not tried again by the browser.
        if (source?.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(connect, AGAIN_MS);
      };
    };
    connect();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [isOn]);
  return connection;
}
