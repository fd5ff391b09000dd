/**
 * One parser thread and the texts that wait for it. Replaced when a text breaks it or takes too long, while those
 * behind wait, bounded. Never rejects; a text without outlines has a code.
 */
import { Worker } from 'node:worker_threads';
import type { OutlinedStatement } from '../../protocols/postgres/sql/outline.ts';
import type { ParseReply, ParseRequest } from './parser-worker.ts';

export type ParseOutcome =
  | { readonly ok: true; readonly statements: readonly OutlinedStatement[] }
  | { readonly ok: false; readonly code: string };

export interface ParserThread {
  parse(text: string): Promise<ParseOutcome>;
  close(): Promise<void>;
}

export interface ParserThreadOptions {
  /** How long one text may take before the thread is replaced. */
  readonly timeoutMs: number;
  /** Started at the first text, and ended when it has had none for a while. */
  readonly onDemand: boolean;
  readonly onReplaced: ((code: string) => void) | undefined;
}

interface Waiting {
  readonly text: string;
  readonly resolve: (outcome: ParseOutcome) => void;
}

const WAITING_MAX = 4_096;
const WAITING_LENGTH_MAX = 64 * 1_048_576;
/** Texts in the thread's hands at once, so that it need not idle while an answer travels. */
const SENT_MAX = 16;
const STACK_MB = 64;
const HEAP_MB_MAX = 768;
const REPLACE_AFTER_LENGTH = 262_144;
const IDLE_MS = 2_000;
const START_TIMEOUT_MS = 20_000;
/** After a thread that could not start at all. */
const RESTART_DELAY_MS = 1_000;

export function createParserThread(options: ParserThreadOptions): ParserThread {
  const { timeoutMs, onDemand } = options;
  /** Not sent yet, and sent in order without an answer: the thread works on the first of these. */
  const waiting: Waiting[] = [];
  let sent: Waiting[] = [];
  let bytes = 0;
  let thread: Worker | undefined;
  let ready = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let idleTimer: NodeJS.Timeout | undefined;

  const finish = (request: Waiting, outcome: ParseOutcome): void => {
    bytes -= request.text.length;
    request.resolve(outcome);
  };

  /** Times the text at the front, and keeps the process alive while there is one. */
  const watchFront = (): void => {
    clearTimeout(timer);
    if (sent.length === 0) {
      thread?.unref();
      return;
    }
    thread?.ref();
    timer = setTimeout(() => replace('GH_SQL_TIMEOUT'), timeoutMs);
  };

  const send = (): void => {
    if (!ready || thread === undefined) return;
    const idle = sent.length === 0;
    while (waiting.length > 0 && sent.length < SENT_MAX) {
      const request = waiting.shift() as Waiting;
      sent.push(request);
      const message: ParseRequest = { text: request.text };
      thread.postMessage(message);
    }
    if (idle && sent.length > 0) watchFront();
  };

  const drop = (old: Worker | undefined): void => {
    old?.removeAllListeners();
    // Its end is nobody's news any more, and an error while it ends must not end this process.
    old?.on('error', () => undefined);
    void old?.terminate();
  };

  /** The text at the front broke the thread: it gets the code, and those behind go to the next thread. */
  const replace = (code: string): void => {
    clearTimeout(timer);
    const old = thread;
    thread = undefined;
    ready = false;
    const [front, ...behind] = sent;
    sent = [];
    waiting.unshift(...behind);
    if (front !== undefined) finish(front, { ok: false, code });
    options.onReplaced?.(code);
    drop(old);
    if (!closed && (!onDemand || waiting.length > 0)) start();
  };

  const failAll = (code: string): void => {
    clearTimeout(timer);
    const requests = [...sent, ...waiting.splice(0)];
    sent = [];
    for (const request of requests) finish(request, { ok: false, code });
  };

  const start = (): void => {
    const started = new Worker(new URL('./parser-worker.ts', import.meta.url), {
      resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: HEAP_MB_MAX },
      env: {},
      execArgv: [],
    });
    thread = started;
    const couldNotStart = (): void => {
      clearTimeout(startTimer);
      thread = undefined;
      drop(started);
      failAll('GH_SQL_PARSER');
      options.onReplaced?.('GH_SQL_PARSER');
      if (closed) return;
      setTimeout(() => {
        if (thread === undefined && !closed && (!onDemand || waiting.length > 0)) start();
      }, RESTART_DELAY_MS).unref();
    };
    const startTimer = setTimeout(couldNotStart, START_TIMEOUT_MS);
    started.on('message', (reply: ParseReply | 'ready') => {
      if (reply === 'ready') {
        clearTimeout(startTimer);
        ready = true;
        watchFront();
        return send();
      }
      if (reply.kind === 'broken') return replace('GH_SQL_TOO_DEEP');
      const request = sent.shift();
      if (request === undefined) return;
      finish(
        request,
        reply.kind === 'parsed'
          ? { ok: true, statements: JSON.parse(reply.statements) as OutlinedStatement[] }
          : { ok: false, code: reply.code },
      );
      watchFront();
      send();
      if (request.text.length > REPLACE_AFTER_LENGTH || onDemand) replaceWhenIdle();
    });
    started.on('error', (error: NodeJS.ErrnoException) => {
      if (!ready) return couldNotStart();
      return replace(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'GH_SQL_TOO_LARGE' : 'GH_SQL_TOO_DEEP');
    });
    started.on('exit', () => (ready ? replace('GH_SQL_PARSER') : couldNotStart()));
  };

  /** WebAssembly memory never shrinks: after a big text the thread goes, once nobody has waited for it for a while. */
  const replaceWhenIdle = (): void => {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => {
      if (thread !== undefined && ready && sent.length === 0 && waiting.length === 0)
        replace('GH_SQL_MEMORY');
    }, IDLE_MS);
    idleTimer.unref();
  };

  if (!onDemand) start();

  return {
    parse(text) {
      if (closed) return Promise.resolve({ ok: false, code: 'GH_SQL_PARSER' });
      if (waiting.length >= WAITING_MAX || bytes + text.length > WAITING_LENGTH_MAX) {
        return Promise.resolve({ ok: false, code: 'GH_SQL_BUSY' });
      }
      return new Promise((resolve) => {
        bytes += text.length;
        waiting.push({ text, resolve });
        if (thread === undefined && onDemand) start();
        else send();
      });
    },
    async close() {
      closed = true;
      clearTimeout(idleTimer);
      const old = thread;
      thread = undefined;
      failAll('GH_SQL_PARSER');
      old?.removeAllListeners();
      old?.on('error', () => undefined);
      await old?.terminate();
    },
  };
}
