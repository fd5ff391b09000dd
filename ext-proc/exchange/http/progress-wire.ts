/**
 * The wire of a request whose client is told while it waits for people: toward the client a stream of events of the gate's
 * own, toward the server a request of the gate's own. The walk goes on by it as it goes on by Envoy's: what it would send
 * upstream is sent, once, and what it would send to the client ends the stream. Owns the bounds of both (I6): Envoy keeps
 * all that a reader does not take (envoy-facts).
 */
import { LIMITS } from '../../domain/limits.ts';
import type { EgressCall } from '../../domain/ports.ts';
import type { HeaderChanges, HeaderField, HeaderFields } from '../../protocols/http/header-fields.ts';
import type { ApprovalNotice } from '../../protocols/http/problem-details.ts';
import type { WaitingProgress } from './http-gate.ts';
import type { GateReply, HttpExchange, HttpWire, ReplyStream } from './http-wire.ts';
import type { ProgressForm } from './progress-form.ts';

export interface ProgressWireOptions {
  readonly progress: WaitingProgress;
  readonly stream: ReplyStream;
  readonly form: ProgressForm;
  readonly upstream: string;
  readonly eventId: string;
  /** Of the client's request. */
  readonly fields: HeaderFields;
  readonly hasBody: boolean;
  readonly receiver: Pick<HttpExchange, 'onResponseHeaders' | 'onResponseBody'>;
  /** It was sent, and its answer cannot be had whole: to be recorded, and the wire to be aborted with the code. */
  readonly failed: (code: string, error: unknown) => void;
}

const HEADERS: readonly HeaderField[] = [
  ['content-type', 'text/event-stream'],
  ['cache-control', 'no-store, no-transform'],
];

export class ProgressWire implements HttpWire {
  readonly #options: ProgressWireOptions;
  #notices: NodeJS.Timeout | undefined;
  #round = 0;
  /** Of what the client was told. */
  #noticeBytes = 0;
  /** Bytes of the server's answer as it came, and of what has come out of it: decoded and masked. */
  #answerBytes = 0;
  #readBytes = 0;
  /** Of the request as it goes on. */
  #header: HeaderFields = [];
  #request: Buffer[] = [];
  #call: EgressCall | undefined;
  /** Of the server's answer: as it came, then as it goes on. */
  #answer: { readonly status: number; readonly fields: HeaderFields } | undefined;
  #passes = false;
  #body: Buffer[] = [];
  /** Nothing more of the answer goes on: its client is about to be told so. */
  #failing = false;
  #over = false;

  constructor(options: ProgressWireOptions) {
    this.#options = options;
    options.stream.openReply(200, HEADERS);
  }

  // --- while it waits -------------------------------------------------------------------------------------------

  /** At once, and again at every interval. */
  tell(notice: ApprovalNotice): void {
    clearInterval(this.#notices);
    const say = (): void => {
      const event = this.#options.form.waiting(notice, this.#round++);
      this.#noticeBytes += event.length;
      if (this.#noticeBytes > LIMITS.progressNoticeBytesMax) return this.quiet();
      this.#options.stream.sendReply([event], false);
    };
    say();
    this.#notices = setInterval(say, this.#options.progress.noticeIntervalMs);
  }

  quiet(): void {
    clearInterval(this.#notices);
  }

  // --- toward the server ----------------------------------------------------------------------------------------

  sendUpstream(pieces: readonly Buffer[], endOfStream: boolean): void {
    this.#request.push(...pieces);
    if (endOfStream) this.#send(Buffer.concat(this.#request));
  }

  #send(body: Buffer | undefined): void {
    if (this.#over || this.#call !== undefined) return;
    const { progress, upstream, receiver, failed } = this.#options;
    this.#request = [];
    this.#call = progress.egress.send(
      upstream,
      {
        method: valueOf(this.#header, ':method'),
        target: valueOf(this.#header, ':path'),
        fields: this.#header,
        body,
      },
      {
        onHeaders: (status, fields) => {
          this.#answer = { status, fields };
          receiver.onResponseHeaders([[':status', String(status)], ...fields], false);
        },
        onBody: (chunk) => {
          this.#answerBytes += chunk.length;
          if (this.#answerBytes > LIMITS.progressAnswerBytesMax) return this.#tooLarge();
          receiver.onResponseBody(chunk, false);
        },
        onEnd: () => receiver.onResponseBody(Buffer.alloc(0), true),
        onFailed: (error) => failed('GH_HTTP_EGRESS', error),
      },
    );
  }

  #tooLarge(): void {
    if (this.#over || this.#failing) return;
    this.#failing = true;
    this.#body = [];
    this.#call?.cancel();
    this.#options.failed('GH_APPROVAL_ANSWER_TOO_LARGE', undefined);
  }

  // --- toward the client ----------------------------------------------------------------------------------------

  continueHeaders(direction: 'request' | 'response', changes: HeaderChanges): void {
    const { fields, hasBody, form } = this.#options;
    if (direction === 'request') {
      this.#header = changed(fields, changes);
      if (!hasBody) this.#send(undefined);
      return;
    }
    const { status, fields: own } = this.#answer as { status: number; fields: HeaderFields };
    this.#answer = { status, fields: changed(own, changes) };
    this.#passes = form.passes(status, this.#answer.fields);
  }

  /** They stay here, and end the body. */
  continueTrailers(direction: 'request' | 'response'): void {
    if (direction === 'response') this.sendDownstream([], true);
    else this.sendUpstream([], true);
  }

  sendDownstream(pieces: readonly Buffer[], endOfStream: boolean): void {
    if (this.#over || this.#failing) return;
    for (const piece of pieces) this.#readBytes += piece.length;
    // With the end comes no more than a mask has held back, and its record is made: it says that the answer went on.
    if (this.#readBytes > this.#readBytesMax() && !endOfStream) return this.#tooLarge();
    if (this.#passes) return endOfStream ? this.#end(pieces) : this.#options.stream.sendReply(pieces, false);
    this.#body.push(...pieces);
    if (!endOfStream) return;
    const { status, fields } = this.#answer ?? { status: 502, fields: [] };
    this.#end([this.#options.form.answer({ status, fields, body: Buffer.concat(this.#body) })]);
  }

  /** Of events each goes on as it comes. */
  #readBytesMax(): number {
    return this.#passes ? LIMITS.progressAnswerBytesMax : LIMITS.progressReadAnswerBytesMax;
  }

  reply({ status, headers, body }: GateReply): void {
    this.#end([this.#options.form.answer({ status, fields: headers, body })]);
  }

  hold(held: boolean): void {
    this.#call?.hold(held);
  }

  narrow(): void {
    // One request, and its answer.
  }

  /** Not a reset: whoever has waited is told what has become of it. */
  abort(code: string): void {
    const { form, eventId } = this.#options;
    const detail = this.#call === undefined ? NOT_SENT : (TOLD[code] ?? BROKEN);
    this.#end([form.broken({ code, detail, eventId })]);
  }

  /** The stream is gone. */
  closed(): void {
    this.#over = true;
    this.quiet();
    this.#call?.cancel();
    this.#body = [];
  }

  #end(pieces: readonly Buffer[]): void {
    if (this.#over) return;
    this.closed();
    this.#options.stream.sendReply(pieces, true);
  }
}

const NOT_SENT = 'The gate has ended this before it was sent to the server: nothing has run.';
const AGAIN =
  'Look whether it has done what it should before it is sent again: that would be asked for anew.';
const BROKEN = `It was approved and sent to the server, once, and its answer could not be passed on to its end. ${AGAIN}`;
const TOLD: Readonly<Record<string, string>> = {
  GH_APPROVAL_ANSWER_TOO_LARGE: `It was approved and has been sent to the server, once; its answer is larger than the 1 MiB (2 MiB as it is read) that can be passed on to a client that was told while it waited. ${AGAIN} Where the answer is needed, ask for less of it.`,
  GH_HTTP_EGRESS: `It was approved, and the gate's way to the server broke off: it may have reached the server, once, or not at all. ${AGAIN}`,
};

const valueOf = (fields: HeaderFields, name: string): string =>
  fields.find(([each]) => each === name)?.[1] ?? '';

/** What is set replaces every line of its name. */
function changed(fields: HeaderFields, { set, remove }: HeaderChanges): HeaderFields {
  const gone = new Set([...remove, ...set.map(([name]) => name)]);
  return [...fields.filter(([name]) => !gone.has(name)), ...set];
}
