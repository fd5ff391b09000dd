import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RPC_CODES } from './json-rpc.ts';
import { asSseEvent, deniedToolCall, errorReply, withheldToolResult } from './replies.ts';

const denial = {
  reason: 'Refunds over 100 need approval',
  rule: 'mcp.refunds.large',
  eventId: 'e-1',
  next: 'Ask for less, or ask a reviewer.',
};
const parsed = (json: Buffer): unknown => JSON.parse(json.toString());

describe('deniedToolCall', () => {
  it('is a result with isError that tells the model why and what to do next', () => {
    expect(parsed(deniedToolCall(0, '2025-11-25', denial))).toEqual({
      jsonrpc: '2.0',
      id: 0,
      result: {
        content: [
          {
            type: 'text',
            text: 'Denied by policy (mcp.refunds.large): Refunds over 100 need approval. Ask for less, or ask a reviewer. Event e-1.',
          },
        ],
        isError: true,
        _meta: { 'gatehouse/rule': 'mcp.refunds.large', 'gatehouse/event': 'e-1' },
      },
    });
  });

  it('says from 2026-07-28 on that the result is complete', () => {
    expect(parsed(deniedToolCall('', '2026-07-28', denial))).toMatchObject({
      id: '',
      result: { resultType: 'complete', isError: true },
    });
    expect(parsed(deniedToolCall('', '', denial))).not.toHaveProperty('result.resultType');
  });

  it('does not say that a withheld result was denied', () => {
    expect(withheldToolResult(1, '2026-07-28', denial).toString()).toContain(
      'The tool ran, and its result is withheld',
    );
  });
});

describe('errorReply', () => {
  it('keeps the id, 0 too, and leaves out what could not be read', () => {
    expect(parsed(errorReply(0, RPC_CODES.denied, 'no', { rule: 'r' }))).toEqual({
      jsonrpc: '2.0',
      id: 0,
      error: { code: 403, message: 'no', data: { rule: 'r' } },
    });
    expect(errorReply(null, RPC_CODES.parseError, 'no').toString()).toBe(
      '{"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}}',
    );
  });

  it('uses no code of those that JSON-RPC and MCP reserve for policy', () => {
    for (const code of [RPC_CODES.denied, RPC_CODES.withheld]) expect(code).toBeGreaterThan(-32_000);
  });
});

describe('asSseEvent', () => {
  it('is one event whose data is the text, whatever line ends the text has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', 'é', ' ', ':'), { maxLength: 20 }),
        (parts) => {
          const text = parts.join('');
          const lines = asSseEvent(Buffer.from(text)).toString().split('\n');
          expect(lines.slice(-2)).toEqual(['', '']);
          expect(lines[0]).toBe('event: message');
          const data = lines.slice(1, -2).map((line) => line.slice('data: '.length));
          expect(data.join('\n')).toBe(text.replaceAll(/\r\n|\r/g, '\n'));
        },
      ),
    );
  });
});
