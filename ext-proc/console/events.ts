/**
 * Server-Sent Events (HTML standard, section 9.2): that requests or grants have changed, by id and nothing more; whoever
 * listens asks for what they may see. Streams are bounded, and end with the session.
 */
import type { ApprovalStore } from '../domain/approvals/approval-store.ts';
import type { Clock } from '../domain/clock.ts';
import type { Reply, SessionCall } from './call.ts';
import { ConsoleProblem } from './problem.ts';
import type { Sessions } from './sessions.ts';

const STREAMS_MAX = 1_000;
const STREAMS_PER_SESSION_MAX = 12;
/** So that neither end, nor a proxy between them, takes the stream for dead. */
const HEARTBEAT_MS = 10_000;
const RETRY_MS = 2_000;
const IDS_MAX = 200;

interface EventStream {
  readonly session: SessionCall['session'];
  readonly write: (text: string) => void;
  readonly end: () => void;
}

export class EventStreams {
  readonly #clock: Clock;
  readonly #sessions: Sessions;
  readonly #streams = new Set<EventStream>();
  readonly #stopListening: () => void;

  constructor(store: ApprovalStore, clock: Clock, sessions: Sessions) {
    this.#clock = clock;
    this.#sessions = sessions;
    this.#stopListening = store.onChange((ids) => this.#tell('change', { ids: ids.slice(0, IDS_MAX) }));
  }

  grantsChanged = (): void => this.#tell('grants', {});

  open = ({ session }: SessionCall): Promise<Reply> => {
    const ofSession = [...this.#streams].filter((each) => each.session.id === session.id).length;
    if (this.#streams.size >= STREAMS_MAX || ofSession >= STREAMS_PER_SESSION_MAX) {
      throw new ConsoleProblem(429, 'GH_CONSOLE_TOO_MANY', 'Too many pages listen already; close some.', {
        'retry-after': '10',
      });
    }
    return Promise.resolve({
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
      stream: (write, end) => {
        const stream = { session, write, end };
        this.#streams.add(stream);
        write(`retry: ${RETRY_MS}\nevent: hello\ndata: {}\n\n`);
        const beat = setInterval(() => this.#send(stream, ': here\n\n'), HEARTBEAT_MS);
        const leftMs = Math.max(0, session.expiresAtMs - this.#clock.nowMs());
        const over = setTimeout(() => this.#end(stream), Math.min(leftMs, 2 ** 31 - 1));
        return () => {
          this.#streams.delete(stream);
          clearInterval(beat);
          clearTimeout(over);
        };
      },
    });
  };

  close(): void {
    this.#stopListening();
  }

  #tell(event: string, data: unknown): void {
    for (const stream of this.#streams)
      this.#send(stream, `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** To whom is logged in still: what somebody has logged out of tells nothing more. */
  #send(stream: EventStream, text: string): void {
    if (this.#sessions.isLive(stream.session)) stream.write(text);
    else this.#end(stream);
  }

  #end(stream: EventStream): void {
    if (!this.#streams.delete(stream)) return;
    stream.write('event: ended\ndata: {}\n\n');
    stream.end();
  }
}
