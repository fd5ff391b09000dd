import { describe, expect, it } from 'vitest';
import type { Obligation } from '../../domain/decision.ts';
import type { HeaderField, HeaderFields } from '../../protocols/http/header-fields.ts';
import { allowing, testMasking, testRoute } from './http-gate.fixture.ts';
import { readObligations } from './obligations.ts';
import { planResponse, type ResponsePlan, type ResponsePlanOptions } from './response-plan.ts';

const CARD = '4111111111111111';
const MASKS = '0123456789abcdef';
const PASSES: Obligation = { kind: 'pass_unreadable', direction: 'response' };

function plan(
  fields: HeaderFields,
  obligations: readonly Obligation[] = [],
  options: Partial<ResponsePlanOptions> = {},
): ResponsePlan {
  return planResponse([...(fields.some(([name]) => name === ':status') ? [] : [STATUS]), ...fields], {
    obligations: readObligations(allowing(...obligations), testRoute(), testMasking),
    count: () => undefined,
    inspected: true,
    hasBody: true,
    numbersStayNumbers: false,
    masks: MASKS,
    ...options,
  });
}
const STATUS: HeaderField = [':status', '200'];
const JSON_TYPE: HeaderField = ['content-type', 'application/json'];

/** The fields as they are afterwards; throws where the answer is withheld. */
function after(...args: Parameters<typeof plan>): [string, string][] {
  const planned = plan(...args);
  if (planned.kind === 'withhold') throw new Error(planned.code);
  const { set, remove } = planned.changes;
  const names = new Set(set.map(([name]) => name));
  const kept = args[0].filter(
    ([name]) => !remove.includes(name) && !names.has(name) && !name.startsWith(':'),
  );
  return [...kept, ...set].map(([name, value]) => [name, value]);
}

describe('a body', () => {
  it.each([
    ['application/json', true],
    ['application/problem+json', true],
    ['application/x-ndjson', true],
    ['text/event-stream', true],
    ['text/html; charset=utf-8', true],
    ['application/x-www-form-urlencoded', true],
    ['application/pdf', false],
    ['application/json; charset=utf-16', false],
    ['application/grpc', false],
    ['multipart/mixed; boundary=x', false],
    ['text/plain; charset=utf-8; charset=utf-16', false],
    ['', false],
  ])('of %j is read: %s; otherwise it passes only where policy lets it', (type, isRead) => {
    const fields: HeaderFields = [['content-type', type]];
    const strict = plan(fields);
    const lenient = plan(fields, [PASSES]);
    expect(strict.kind).toBe(isRead ? 'go' : 'withhold');
    if (strict.kind === 'withhold') expect(strict.code).toBe('GH_HTTP_BODY_UNREADABLE');
    expect(lenient.kind === 'go' && lenient.transform !== undefined).toBe(isRead);
  });

  it('under a coding that is left on it is not read', () => {
    const coded: HeaderFields = [JSON_TYPE, ['content-encoding', 'br']];
    expect(plan(coded)).toMatchObject({ kind: 'withhold', code: 'GH_HTTP_BODY_UNREADABLE' });
    expect(plan(coded, [PASSES])).toMatchObject({ kind: 'go', transform: undefined });
    expect(plan([JSON_TYPE, ['content-encoding', 'identity']])).toMatchObject({ kind: 'go' });
  });

  const MARKED: Obligation = {
    kind: 'mask_fields',
    fields: ['**.salary'],
    style: 'full',
    direction: 'response',
  };
  it.each([
    ['application/json', 'go'],
    ['text/event-stream', 'go'],
    ['application/pdf', 'go'],
    ['image/png', 'go'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'go'],
    ['text/html', 'go'],
    ['text/plain', 'go'],
    ['application/json; charset=utf-16', 'withhold'],
    ['application/json; charset', 'withhold'],
    ['application/json, text/plain', 'withhold'],
    ['application/json5', 'withhold'],
    ['text/csv', 'withhold'],
    ['application/xml', 'withhold'],
    ['image/svg+xml', 'withhold'],
    ['application/x-yaml', 'withhold'],
    ['application/javascript', 'withhold'],
    ['multipart/mixed; boundary=x', 'withhold'],
    ['nonsense', 'withhold'],
    [`application/x; a="${'x'.repeat(2_000)}"`, 'go'],
    ['', 'withhold'],
  ])('of %j, where fields are marked and policy lets pass what is not read: %s', (type, kind) => {
    expect(plan([['content-type', type]], [PASSES, MARKED]).kind).toBe(kind);
    expect(plan([['content-type', type]], [PASSES]).kind).toBe('go');
  });

  it('of data without a type, or under a coding that is left on it, is withheld where fields are marked', () => {
    expect(plan([], [PASSES, MARKED]).kind).toBe('withhold');
    expect(plan([JSON_TYPE, ['content-encoding', 'br']], [PASSES, MARKED]).kind).toBe('withhold');
  });

  it('that is a part is withheld, whatever policy says', () => {
    expect(plan([[':status', '206'], JSON_TYPE], [PASSES])).toMatchObject({ code: 'GH_HTTP_PARTIAL' });
    expect(plan([[':status', '206'], JSON_TYPE], [], { inspected: false }).kind).toBe('go');
  });

  it('of a protocol with a transform of its own has that one', () => {
    const own = { push: () => [], end: () => [] };
    const planned = plan([JSON_TYPE], [], { transformOf: () => own });
    expect(planned.kind === 'go' && planned.transform).toBe(own);
  });

  it('that there is none of, or that is not read, is nothing to withhold', () => {
    expect(plan([['content-type', 'application/pdf']], [], { hasBody: false })).toMatchObject({
      kind: 'go',
      transform: undefined,
    });
    expect(plan([['content-type', 'application/pdf']], [], { inspected: false }).kind).toBe('go');
  });
});

describe('headers', () => {
  it('of the server’s own session stay behind unless policy reveals them', () => {
    const fields: HeaderFields = [
      ['set-cookie', 'a=b'],
      ['set-cookie2', 'a=b'],
      ['www-authenticate', 'Bearer'],
      ['proxy-authenticate', 'Basic'],
      ['authentication-info', 'x'],
    ];
    expect(after(fields, [PASSES])).toEqual([['cache-control', 'private']]);
    expect(after(fields, [PASSES], { inspected: false })).toEqual([['cache-control', 'private']]);
    const reveal: Obligation = { kind: 'reveal_headers', headers: ['set-cookie'] };
    expect(after(fields, [PASSES, reveal])).toEqual([
      ['set-cookie', 'a=b'],
      ['cache-control', 'private'],
    ]);
  });

  it('of bytes that may have changed stay behind', () => {
    const names = ['accept-ranges', 'digest', 'content-digest', 'repr-digest', 'content-md5', 'signature'];
    const fields = [
      JSON_TYPE,
      ['content-length', '7'] as const,
      ...names.map((name) => [name, 'x'] as const),
    ];
    expect(after(fields)).toEqual([
      ['content-type', 'application/json'],
      ['cache-control', 'private'],
    ]);
  });

  it('are masked in each line of a name of which one holds something, and revealed ones are not', () => {
    const fields: HeaderFields = [
      JSON_TYPE,
      ['x-note', 'plain'],
      ['x-note', `card ${CARD}`],
      ['x-plain', 'a'],
      ['location', `/x?card=${CARD}`],
      ['date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
    ];
    expect(after(fields)).toEqual([
      ['content-type', 'application/json'],
      ['x-plain', 'a'],
      ['date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
      ['cache-control', 'private'],
      ['x-note', 'plain'],
      ['x-note', 'card [masked:payment_card]'],
      ['location', '/x?card=[masked:payment_card]'],
    ]);
    const reveal: Obligation = { kind: 'reveal_headers', headers: ['location'] };
    expect(after(fields, [reveal])).toContainEqual(['location', `/x?card=${CARD}`]);
  });

  it.each([
    [undefined, 'private'],
    ['public, max-age=60', 'private, max-age=60'],
    ['no-store', 'private, no-store'],
    ['s-maxage=60, PUBLIC , private="x", immutable', 'private, immutable'],
    ['proxy-revalidate,must-understand,no-cache', 'private, no-cache'],
  ])('Cache-Control %j becomes %j', (own, private_) => {
    const fields: HeaderFields = [JSON_TYPE, ...(own === undefined ? [] : [['cache-control', own] as const])];
    expect(after(fields)).toContainEqual(['cache-control', private_]);
  });

  it('ETag names the masks, and one that is out of form stays behind', () => {
    expect(after([JSON_TYPE, ['etag', '"v1"']])).toContainEqual(['etag', `W/"v1~gh.${MASKS}"`]);
    expect(after([JSON_TYPE, ['etag', 'v1']]).map(([name]) => name)).not.toContain('etag');
    expect(after([JSON_TYPE, ['etag', '"v1"']], [], { inspected: false })).toContainEqual(['etag', '"v1"']);
    expect(
      after(
        [
          [':status', '304'],
          ['etag', '"v1"'],
        ],
        [],
        { hasBody: false },
      ),
    ).toContainEqual(['etag', `W/"v1~gh.${MASKS}"`]);
  });
});
