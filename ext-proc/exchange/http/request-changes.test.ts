import { describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.ts';
import { NO_HEADER_CHANGES, type HeaderFields } from '../../protocols/http/header-fields.ts';
import { requestChanges, type RequestChangeOptions } from './request-changes.ts';

const changes = (fields: HeaderFields, options: Partial<RequestChangeOptions> = {}) =>
  requestChanges(fields, {
    credential: { header: { name: 'authorization', value: new Secret('Bearer upstream') } },
    inspected: true,
    keepsCookies: false,
    masks: '0123456789abcdef',
    own: NO_HEADER_CHANGES,
    ...options,
  });

describe('the header of a request that goes on', () => {
  it("has the gate's credential in place of the agent's", () => {
    const { set, remove } = changes([
      [':path', '/'],
      ['authorization', 'Bearer agent'],
      ['x-api-key', 'agent'],
      ['x-api-key', 'again'],
      ['cookie', 'a=b'],
    ]);
    expect(set).toContainEqual(['authorization', 'Bearer upstream']);
    expect(remove).toEqual(['x-api-key', 'cookie']);
  });

  it("loses the agent's token where the upstream takes none, or takes it elsewhere", () => {
    const fields: HeaderFields = [['authorization', 'Bearer agent']];
    expect(changes(fields, { credential: { header: undefined } }).remove).toEqual(['authorization']);
    const header = { name: 'x-api-key', value: new Secret('key') };
    const { set, remove } = changes([...fields, ['x-api-key', 'agent']], { credential: { header } });
    expect(set).toContainEqual(['x-api-key', 'key']);
    expect(remove).toEqual(['authorization']);
  });

  it('loses what a body that is read cannot keep to, and nothing where bodies pass', () => {
    const fields: HeaderFields = [
      ['range', 'bytes=0-1'],
      ['content-digest', 'sha-256=:x:'],
      ['accept', '*/*'],
    ];
    expect(changes(fields).remove).toEqual(['range', 'content-digest']);
    expect(changes(fields, { inspected: false }).remove).toEqual([]);
  });

  it('names no field to remove that is not there', () => {
    expect(changes([['accept', '*/*']]).remove).toEqual([]);
  });
});
