import { expect, it } from 'vitest';
import { problemBody } from './problem-details.ts';

it('is RFC 9457 with the gate’s code, rule and event', () => {
  const problem = { status: 403, code: 'GH_DENIED', detail: 'Do else.', rule: 'http.x', eventId: 'e-1' };
  expect(JSON.parse(problemBody(problem).toString())).toEqual({
    type: 'urn:gatehouse:error:GH_DENIED',
    title: 'Policy denies this request',
    status: 403,
    detail: 'Do else.',
    code: 'GH_DENIED',
    rule: 'http.x',
    event_id: 'e-1',
    instance: 'urn:uuid:e-1',
  });
});

it('leaves out what there is not, and has a title for any status', () => {
  const body = JSON.parse(problemBody({ status: 418, code: 'GH_X', detail: 'é "x"' }).toString()) as object;
  expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'detail', 'code']);
  expect(body).toMatchObject({ title: 'The gate refuses this request', detail: 'é "x"' });
});
