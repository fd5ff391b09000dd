/** What the sample API offers: method, path template and answer, one line each. */
import { createHash, randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { Order, Person } from '../sample-data.ts';
import type { SampleRecords } from '../sample-records.ts';
import { json, notFound, problem } from './answers.ts';
import { eventsAnswer } from './events.ts';
import { makeReport, reportAnswer, type Report } from './report.ts';
import type { SeenRequest } from './seen-requests.ts';

export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** What stands in the template's braces. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly seen: SeenRequest;
}

export interface Route {
  /** `*` is any. */
  readonly method: string;
  readonly template: string;
  /** Without the API's token too. */
  readonly open?: true;
  readonly answer: (call: Call) => Response | Promise<Response>;
}

const JSON_BYTES_MAX = 1_048_576;
const LIMIT_DEFAULT = 50;
const SESSIONS_MAX = 1_000;

const newPerson = z.strictObject({
  name: z.string().min(1).max(200),
  email: z.email().max(200),
  phone: z.string().max(40).default(''),
  card: z.string().max(40).default(''),
  ssn: z.string().max(20).default(''),
  notes: z.string().max(10_000).default(''),
});
const searchTerms = z.strictObject({ term: z.string().min(1).max(200) });

/** The routes over one set of records. The first that fits answers. */
export function sampleRoutes(records: SampleRecords): readonly Route[] {
  let report: Report | undefined;
  const sessions = new Set<string>();
  return [
    {
      method: 'GET',
      template: '/health',
      open: true,
      answer: ({ request }) => json(request, { status: 'ok' }),
    },
    {
      method: 'GET',
      template: '/people',
      answer: ({ request, url }) => json(request, page(records.people(), url)),
    },
    {
      method: 'POST',
      template: '/people',
      answer: ({ request }) =>
        withJson(request, newPerson, (fields) => {
          const added = records.add(fields);
          if (added === undefined)
            return problem(409, 'Conflict', 'There are as many people as there may be.');
          return json(request, added, { status: 201, headers: { location: `/people/${added.id}` } });
        }),
    },
    {
      method: 'GET',
      template: '/people/{id}',
      answer: ({ request, parameters }) => {
        const person = records.person(idOf(parameters));
        return person === undefined ? notFound('such person') : json(request, person);
      },
    },
    {
      method: 'DELETE',
      template: '/people/{id}',
      answer: ({ parameters }) =>
        records.remove(idOf(parameters)) ? new Response(null, { status: 204 }) : notFound('such person'),
    },
    {
      method: 'POST',
      template: '/search',
      answer: ({ request }) =>
        withJson(request, searchTerms, ({ term }) => json(request, { people: records.search(term) })),
    },
    {
      method: 'GET',
      template: '/orders',
      answer: ({ request, url }) => {
        const person = url.searchParams.get('person');
        const orders = records.orders(person === null ? undefined : Number(person));
        return json(request, page(orders.map(shownOrder), url));
      },
    },
    {
      method: 'GET',
      template: '/cards',
      answer: ({ request, url }) => json(request, page(records.people().map(shownCard), url)),
    },
    {
      method: 'GET',
      template: '/documents/report.pdf',
      answer: ({ request }) => reportAnswer(request, (report ??= makeReport(records.people()))),
    },
    { method: 'GET', template: '/events', answer: ({ request }) => eventsAnswer(request, records) },
    { method: 'POST', template: '/uploads', answer: ({ request }) => uploadAnswer(request) },
    { method: 'GET', template: '/session', answer: ({ request }) => sessionAnswer(request, sessions) },
    { method: '*', template: '/echo', answer: echoAnswer },
  ];
}

/** The templates with something in braces, as an upstream's configuration takes them. */
export const SAMPLE_TEMPLATES = ['/people/{id}'] as const;

const idOf = (parameters: Call['parameters']): number =>
  /^\d{1,9}$/.test(parameters['id'] ?? '') ? Number(parameters['id']) : Number.NaN;

const shownOrder = ({ totalCents, ...order }: Order): object => ({
  ...order,
  total: Number((totalCents / 100).toFixed(2)),
});

/** The same number in each form in which JSON has it. */
const shownCard = ({ id, name, card }: Person): object => ({
  personId: id,
  holder: name,
  number: card,
  numeric: Number(card),
  spaced: card.replace(/(.{4})(?=.)/g, '$1 '),
});

function page<Item>(items: readonly Item[], url: URL): { total: number; items: readonly Item[] } {
  const asked = (name: string, byDefault: number): number => {
    const text = url.searchParams.get(name);
    return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : byDefault;
  };
  const offset = asked('offset', 0);
  return { total: items.length, items: items.slice(offset, offset + asked('limit', LIMIT_DEFAULT)) };
}

async function withJson<Shape>(
  request: Request,
  shape: z.ZodType<Shape>,
  answer: (value: Shape) => Response,
): Promise<Response> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return problem(415, 'Unsupported Media Type', 'Send application/json.');
  const text = await bodyText(request, JSON_BYTES_MAX);
  if (text === undefined)
    return problem(413, 'Content Too Large', `A body has ${JSON_BYTES_MAX} bytes at most.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problem(400, 'Bad Request', 'The body is not JSON.');
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return answer(parsed.data);
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the body').join(', ');
  return problem(422, 'Unprocessable Content', `Not as expected: ${fields}.`);
}

/** Undefined where it is longer than `bytesMax`. */
async function bodyText(request: Request, bytesMax: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function uploadAnswer(request: Request): Promise<Response> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    hash.update(chunk);
  }
  return json(request, { bytes, sha256: hash.digest('hex') }, { status: 201 });
}

function sessionAnswer(request: Request, sessions: Set<string>): Response {
  const [, sent = ''] = /(?:^|;\s*)sample_session=([\w-]+)/.exec(request.headers.get('cookie') ?? '') ?? [];
  if (sessions.has(sent)) return json(request, { session: 'known' });
  const session = randomBytes(16).toString('base64url');
  const [oldest] = sessions;
  if (sessions.size >= SESSIONS_MAX && oldest !== undefined) sessions.delete(oldest);
  sessions.add(session);
  return json(
    request,
    { session: 'new' },
    { headers: { 'set-cookie': `sample_session=${session}; Path=/; Secure; HttpOnly; SameSite=Lax` } },
  );
}

async function echoAnswer({ request, seen }: Call): Promise<Response> {
  const body = await bodyText(request, JSON_BYTES_MAX);
  if (body === undefined)
    return problem(413, 'Content Too Large', `A body has ${JSON_BYTES_MAX} bytes at most.`);
  const { method, path, headers, credential } = seen;
  return json(request, { method, path, headers, credential, body });
}
