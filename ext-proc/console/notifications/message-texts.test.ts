import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { approvalRequest } from '../../domain/approvals/approvals.fixture.ts';
import type { ActionView } from '../../domain/approvals/action-view.ts';
import { deceptiveTexts, ESCAPED_STATEMENT, readSpelled } from '../../../test/support/shown-texts.ts';
import type { ApprovalStatus } from '../../exchange/approvals/approval-status.ts';
import { slackMessage } from './slack-message.ts';
import { teamsMessage } from './teams-message.ts';
import { mayDecideFromMessage, toldRequest, type ToldRequest } from './told-request.ts';
import { webhookMessage } from './webhook-message.ts';

function told(given: Partial<ActionView>): ToldRequest {
  const request = approvalRequest({ view: { ...approvalRequest().view, ...given } });
  const status: ApprovalStatus = {
    request,
    state: 'pending',
    decisions: [],
    agreed: 0,
    needed: 1,
    why: '',
  } as unknown as ApprovalStatus;
  return toldRequest(status, 'https://gatehouse.example.com');
}

const textsIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { text } = value as { text?: unknown };
  return [...(typeof text === 'string' ? [text] : []), ...Object.values(value).flatMap(textsIn)];
};
const slack = (request: ToldRequest): string[] =>
  textsIn(JSON.parse(slackMessage(request, 'requested', true)));
const teams = (request: ToldRequest): string[] => textsIn(JSON.parse(teamsMessage(request, 'requested')));

test('whoever is told of a request is shown all of its payload, parameters and facts, or sent to the console', () => {
  fc.assert(
    fc.property(deceptiveTexts, deceptiveTexts, deceptiveTexts, (payload, parameter, fact) => {
      const request = told({ payload, parameters: [parameter], facts: [['database', fact]] });
      const webhook = JSON.parse(webhookMessage(request, 'requested', 0)) as { data: ToldRequest };
      if (request.payload !== undefined) {
        expect(webhook.data.payload).toBe(payload);
        expect(readSpelled(webhook.data.facts[0]?.[1] ?? '')).toBe(fact);
      }
      if (!mayDecideFromMessage(request)) return;
      for (const shown of [slack(request), teams(request)]) {
        expect(shown.map((each) => (each === ' ' ? '' : each))).toContain(payload === ' ' ? '' : payload);
        expect(readSpelled(shown.find((each) => each.startsWith('$1 = ')) ?? '')).toBe(`$1 = ${parameter}`);
        expect(shown.join('\n').split('\n').map(readSpelled)).toContain(`database: ${fact}`);
      }
    }),
    { numRuns: 500 },
  );
});

test('an escape in the payload goes to no chat, and has no buttons', () => {
  const request = told({ payload: ESCAPED_STATEMENT });
  expect(mayDecideFromMessage(request)).toBe(false);
  for (const shown of [slack(request), teams(request)]) expect(shown.join('\n')).not.toContain('Oslo');
});

describe('parameters', () => {
  const one = told({ payload: 'UPDATE p SET a = $1, b = $2\n$1 = x', parameters: ['y\n$2 = 7', '8'] });

  test('in Slack: in a box of their own, where no value passes for another parameter', () => {
    expect(slack(one).slice(-6, -4)).toEqual([
      'UPDATE p SET a = $1, b = $2\n$1 = x',
      '$1 = y<U+000A>$2 = 7\n$2 = 8',
    ]);
  });

  test('in Teams: under a title, beside the payload that they belong to', () => {
    expect(teams(one).slice(-4)).toEqual([
      'UPDATE p SET a = $1, b = $2\n$1 = x',
      'Parameters',
      '$1 = y<U+000A>$2 = 7',
      '$2 = 8',
    ]);
  });
});

test('a fact whose parts stand far apart leads to the console', () => {
  expect(mayDecideFromMessage(told({ facts: [['database', 'app']] }))).toBe(true);
  expect(mayDecideFromMessage(told({ facts: [['settings', `a = b${' '.repeat(200)}c`]] }))).toBe(false);
});

test('Slack folds nothing of it behind "see more"', () => {
  const { blocks } = JSON.parse(slackMessage(told({}), 'requested', true)) as {
    blocks: { type: string; expand?: boolean }[];
  };
  const sections = blocks.filter(({ type }) => type === 'section');
  expect(sections).not.toEqual([]);
  for (const section of sections) expect(section.expand).toBe(true);
});
