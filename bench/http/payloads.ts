/**
 * What the bench of HTTP sends and gets: a person of about 1 kB, orders of about 64 kB of which one field in five is marked
 * or found, an event, and rows for bodies of any size. The same bytes in every run.
 */

export const MARKED_FIELDS = [
  { field: '**.email', tag: 'email', style: 'partial' },
  { field: '**.card', tag: 'payment_card', style: 'partial' },
];
export const TEMPLATES = ['/people/{id}', '/orders', '/events', '/large', '/sink'];

const CARDS = ['4111111111111111', '5555555555554444', '378282246310005'];
const WORDS =
  'order shipped returned customer address changed please call before delivery gift wrapped twice left at door'.split(
    ' ',
  );
const ORDERS_BYTES = 65_536;
const PERSON_BYTES = 1_024;

const words = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, index) => WORDS[(seed * 7 + index * 3) % WORDS.length]).join(' ');

/** Ten fields: an address and a card are marked, and every fourth note holds an address that detectors find. */
const order = (id: number): object => ({
  id,
  status: id % 3 === 0 ? 'open' : 'shipped',
  customer: `Customer ${id}`,
  email: `customer.${id}@shop.example`,
  card: CARDS[id % CARDS.length],
  city: 'Turin',
  total: (id * 37) / 100,
  currency: 'EUR',
  placed_at: new Date(1_750_000_000_000 + id * 61_000).toISOString(),
  note: id % 4 === 0 ? `${words(id, 6)} mail other.${id}@shop.example` : words(id, 9),
});

export const PERSON = padded(PERSON_BYTES, (notes) =>
  JSON.stringify({
    id: 7,
    name: 'Ann Smith',
    email: 'ann.smith@shop.example',
    phone: '+14155550123',
    card: CARDS[0],
    address: { street: 'Via Roma 1', city: 'Turin', zip: '10121' },
    orders: [order(1), order(2)],
    notes,
  }),
);

/** Both the request's and the answer's body. */
export const ORDERS = ((): Buffer => {
  const orders: string[] = [];
  let bytes = 0;
  for (let id = 1; bytes < ORDERS_BYTES - 300; id++) {
    const text = JSON.stringify(order(id));
    orders.push(text);
    bytes += text.length + 1;
  }
  return padded(ORDERS_BYTES, (notes) => `{"orders":[${orders.join(',')}],"notes":${JSON.stringify(notes)}}`);
})();

/** When it was written stands in it, in nanoseconds of the monotonic clock that all processes share, to the base 36. */
export const event = (id: number): string =>
  `id: ${id}\ndata: ${JSON.stringify({ at: process.hrtime.bigint().toString(36), ...order(id) })}\n\n`;
export const EVENT_WRITTEN_AT = /"at":"([0-9a-z]+)"/;

/** A JSON list of orders of about so many bytes, piece by piece. */
export function* rows(bytes: number): Generator<Buffer> {
  const piece = Buffer.from(
    Array.from({ length: 256 }, (_, id) => JSON.stringify(order(id))).join(',\n') + ',\n',
  );
  yield Buffer.from('[');
  for (let given = 0; given < bytes; given += piece.length) yield piece;
  yield Buffer.from('{}]');
}

function padded(bytes: number, text: (notes: string) => string): Buffer {
  const bare = text('').length;
  const filler = words(1, 12_000).slice(0, Math.max(0, bytes - bare));
  return Buffer.from(text(filler));
}
