/**
 * What a client of a plain API is told while its request waits for people, where it has asked for that: it prefers to wait
 * (`Prefer: wait`), and takes event streams. Events `approval` say whom it waits for; the last one, `response`, holds the
 * answer that it would have got.
 */
import { isUtf8 } from 'node:buffer';
import { fieldValue } from '../../protocols/http/header-fields.ts';
import { preferredWait } from '../../protocols/http/prefer.ts';
import { PROBLEM_HEADERS, problemBody } from '../../protocols/http/problem-details.ts';
import type { RequestHead } from '../../protocols/http/request-head.ts';
import { acceptsEvents, type ProgressForm, type WholeAnswer } from './progress-form.ts';

/** Of a message of its own, which this one is not any more. */
const NOT_TOLD: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
]);

export function apiProgress({ fields, websocket }: RequestHead): ProgressForm | undefined {
  if (websocket || preferredWait(fieldValue(fields, 'prefer')) === undefined) return undefined;
  if (!acceptsEvents(fieldValue(fields, 'accept'))) return undefined;
  return {
    waitMs: 0,
    waiting: (notice) => event('approval', notice),
    passes: () => false,
    answer: (answer) => event('response', told(answer)),
    broken: (problem) => {
      const body = problemBody({ status: 502, ...problem });
      return event('response', told({ status: 502, fields: PROBLEM_HEADERS, body }));
    },
  };
}

const told = ({ status, fields, body }: WholeAnswer): object => ({
  status,
  headers: fields.filter(([name]) => !name.startsWith(':') && !NOT_TOLD.has(name)),
  ...(isUtf8(body) ? { body: body.toString('utf8') } : { body_base64: body.toString('base64') }),
});

const event = (name: string, data: object): Buffer =>
  Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
