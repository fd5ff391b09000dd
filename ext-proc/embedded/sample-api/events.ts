/**
 * A stream of server-sent events (WHATWG HTML section 9.2): orders, and now and then a payment or a note that holds a
 * card. A client that comes back with `Last-Event-ID` goes on behind it.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { SampleRecords } from '../sample-records.ts';

const COUNT_DEFAULT = 10;
const COUNT_MAX = 10_000;
const EVERY_MS_DEFAULT = 200;
const EVERY_MS_MAX = 10_000;

/** `?count=` events, `?everyMs=` apart, then one named `end`. */
export function eventsAnswer(request: Request, records: SampleRecords): Response {
  const { searchParams } = new URL(request.url);
  const count = bounded(searchParams.get('count'), COUNT_DEFAULT, COUNT_MAX);
  const everyMs = bounded(searchParams.get('everyMs'), EVERY_MS_DEFAULT, EVERY_MS_MAX);
  const seen = bounded(request.headers.get('last-event-id'), 0, COUNT_MAX);
  const body = ReadableStream.from(
    events(records, { first: seen + 1, count, everyMs, signal: request.signal }),
  );
  return new Response(body as ReadableStream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  });
}

async function* events(
  records: SampleRecords,
  options: { first: number; count: number; everyMs: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { first, count, everyMs, signal } = options;
  const encoder = new TextEncoder();
  yield encoder.encode('retry: 1000\n: the sample sends orders, payments and notes\n\n');
  for (let id = first; id <= count; id += 1) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    yield encoder.encode(event(records, id));
  }
  yield encoder.encode(`event: end\ndata: {"count":${count}}\n\n`);
}

function event(records: SampleRecords, id: number): string {
  const orders = records.orders();
  const order = orders[(id - 1) % orders.length]!;
  const card = records.person(order.personId)?.card ?? '';
  const money = (order.totalCents / 100).toFixed(2);
  switch (id % 3) {
    case 0:
      return `id: ${id}\nevent: payment\ndata: ${JSON.stringify({ order: order.id, total: money, card })}\n\n`;
    case 2:
      return `id: ${id}\nevent: note\ndata: Order ${order.id} was paid over the phone,\ndata: card ${card.replace(/(.{4})(?=.)/g, '$1 ')}.\n\n`;
    default:
      return `id: ${id}\nevent: order\ndata: ${JSON.stringify({ order: order.id, item: order.item })}\n\n`;
  }
}

function bounded(text: string | null, byDefault: number, max: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Math.min(Number(text), max) : byDefault;
}
