/**
 * Bodies as APIs send them, about a megabyte each, from one seed: what they hold of secrets is said with each. The
 * shapes are those of a code host, a shop, a cluster and a model's event stream.
 */

export interface Document {
  readonly name: string;
  readonly kind: 'json' | 'ndjson' | 'sse' | 'form' | 'text';
  readonly bytes: Buffer;
}

const BYTES = 1_048_576;

/** A generator of numbers (mulberry32): the same for every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const WORDS =
  'the of order customer shipped returned please review change service cluster node pod ready failed retry because value before after between update merge branch request limit memory disk latency error'.split(
    ' ',
  );

export function documents(): readonly Document[] {
  const random = randomFrom(7);
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const words = (count: number): string => Array.from({ length: count }, () => pick(WORDS)).join(' ');
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => random(16).toString(16)).join('');
  const time = (): string => new Date(1_750_000_000_000 + random(10_000_000) * 1_000).toISOString();

  const issue = (id: number): unknown => ({
    id,
    node_id: `I_kw${hex(12)}`,
    url: `https://api.code.example/repos/acme/shop/issues/${id}`,
    title: words(8),
    state: pick(['open', 'closed']),
    locked: false,
    labels: [{ id: random(1e9), name: pick(WORDS), color: hex(6), default: true }],
    assignee: null,
    comments: random(50),
    created_at: time(),
    updated_at: time(),
    body: `${words(40)}\n\n- ${words(6)}\n- ${words(7)} "${words(2)}"\n`,
    score: random(10_000) / 7,
  });
  const customer = (id: number): unknown => ({
    id,
    name: `${pick(['Ann', 'Bob', 'Eve', 'Jim'])} ${pick(['Müller', 'Smith', 'Novák', 'Rossi'])}`,
    email: `user${id}@shop.example`,
    phone: `+1415555${String(1_000 + random(9_000))}`,
    card: { number: pick(['4111111111111111', '5555555555554444', '378282246310005']), expires: '12/29' },
    address: { street: `${words(2)} ${random(200)}`, city: pick(['Graz', 'Oslo', 'Turin']), zip: '1010' },
    orders: Array.from({ length: 3 }, () => ({
      id: random(1e6),
      total: random(1e5) / 100,
      placed_at: time(),
      note: words(10),
    })),
  });
  const pod = (): unknown => ({
    metadata: {
      name: `web-${hex(9)}-${hex(5)}`,
      uid: `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
      resourceVersion: String(random(1e8)),
      creationTimestamp: time(),
      labels: { app: 'web', 'pod-template-hash': hex(9) },
    },
    spec: {
      containers: [
        {
          name: 'web',
          image: `registry.example/web@sha256:${hex(64)}`,
          resources: { limits: { cpu: '500m', memory: '256Mi' } },
        },
      ],
    },
    status: { phase: 'Running', podIP: `10.1.${random(250)}.${random(250)}`, startTime: time() },
  });
  const measured = (id: number): unknown => [id, random(1e6) / 1e3, random(1e6) / 1e5, -random(1e4), null];

  const many = (make: (id: number) => unknown, from: number): unknown[] => {
    const all: unknown[] = [];
    for (let bytes = 0, id = from; bytes < BYTES; id++) {
      const one = make(id);
      all.push(one);
      bytes += JSON.stringify(one).length;
    }
    return all;
  };
  const issues = many(issue, 1_000);
  const customers = many(customer, 20_000);
  const lines = (values: readonly unknown[]): string =>
    values.map((each) => `${JSON.stringify(each)}\n`).join('');
  const json = (value: unknown, indent?: number): Buffer =>
    Buffer.from(JSON.stringify(value, undefined, indent));
  const deltas = Array.from({ length: 9_000 }, (_, index) => ({
    id: `c-${hex(8)}`,
    choices: [
      { index: 0, delta: { content: `${pick(WORDS)} ` }, finish_reason: index === 8_999 ? 'stop' : null },
    ],
  }));
  return [
    { name: 'issues: nothing to find', kind: 'json', bytes: json(issues) },
    { name: 'issues, indented', kind: 'json', bytes: json(issues, 2) },
    { name: 'pods: digests and identifiers', kind: 'json', bytes: json(many(pod, 1)) },
    { name: 'measurements: numbers', kind: 'json', bytes: json(many(measured, 1)) },
    { name: 'customers: three findings each', kind: 'json', bytes: json(customers) },
    { name: 'customers in lines', kind: 'ndjson', bytes: Buffer.from(lines(customers)) },
    {
      name: 'deltas in events',
      kind: 'sse',
      bytes: Buffer.from(deltas.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')),
    },
    {
      name: 'a log: nothing to find',
      kind: 'text',
      bytes: Buffer.from(Array.from({ length: 10_000 }, () => `${time()} INFO ${words(12)}\n`).join('')),
    },
    {
      name: 'a log: an address in every tenth line',
      kind: 'text',
      bytes: Buffer.from(
        Array.from(
          { length: 10_000 },
          (_, line) => `${time()} ${line % 10 === 0 ? 'a@b.example' : 'INFO'} ${words(12)}\n`,
        ).join(''),
      ),
    },
    {
      name: 'a form',
      kind: 'form',
      bytes: Buffer.from(
        Array.from({ length: 12_000 }, (_, index) => `field_${index}=${words(10).replaceAll(' ', '+')}`).join(
          '&',
        ),
      ),
    },
  ];
}
