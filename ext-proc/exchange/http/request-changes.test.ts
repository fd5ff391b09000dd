import { describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.ts';
import { NO_HEADER_CHANGES, type HeaderField } from '../../protocols/http/header-fields.ts';
import { requestChanges, type RequestChangeOptions } from './request-changes.ts';

const MASKS = '0123456789abcdef';
const BEARER = { header: { name: 'authorization', value: new Secret('Bearer own') } };
const OPTIONS: RequestChangeOptions = {
  credential: BEARER,
  inspected: true,
  keepsCookies: false,
  masks: MASKS,
  tags: { seal: (opaque) => opaque, open: (sealed) => sealed },
  own: NO_HEADER_CHANGES,
  method: 'GET',
  withheld: new Set(),
};

/** The fields as they are afterwards. */
function after(
  fields: readonly HeaderField[],
  options: Partial<RequestChangeOptions> = {},
): Record<string, string> {
  const { set, remove } = requestChanges(fields, { ...OPTIONS, ...options });
  const kept = fields.filter(([name]) => !remove.includes(name) && !set.some(([each]) => each === name));
  return Object.fromEntries([...kept, ...set]);
}

describe('the header of a request that goes on', () => {
  it('has no credential of the agent’s, in whatever header it was', () => {
    const names = [
      ...[
        'private-token',
        'x-vault-token',
        'x-clickhouse-user',
        'x-clickhouse-key',
        'remote-user',
        'x-webauth-user',
        'x-auth-request-user',
      ],
      ...['true-client-ip', 'cf-connecting-ip', 'x-client-ip'],
      ...['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key', 'apikey', 'x-auth-token'],
      ...[
        'x-access-token',
        'x-goog-api-key',
        'x-amz-security-token',
        'x-forwarded-user',
        'x-forwarded-email',
      ],
      ...['x-forwarded-groups', 'x-remote-user', 'x-forwarded-client-cert'],
    ];
    const fields = names.map((name) => [name, 'agents'] as const);
    for (const inspected of [true, false]) {
      expect(after(fields, { credential: { header: undefined }, inspected })).not.toContain('agents');
      const left = after(fields, { credential: { header: undefined }, inspected });
      expect(Object.keys(left).filter((name) => names.includes(name))).toEqual([]);
      expect(after(fields, { inspected })['authorization']).toBe('Bearer own');
    }
  });

  it('says nothing of who acts, or for whom', () => {
    const names = [
      ...['impersonate-user', 'impersonate-group', 'impersonate-uid', 'impersonate-extra-scopes', 'sudo'],
      ...['x-goog-authenticated-user-email', 'x-goog-iap-jwt-assertion', 'x-amzn-oidc-identity'],
      ...['x-ms-client-principal', 'x-ms-client-principal-id', 'cf-access-authenticated-user-email'],
      ...['tailscale-user-login', 'x-consumer-username', 'x-authenticated-userid', 'client-cert'],
      ...['remote-groups', 'x-remote-extra-scopes', 'x-tenant-id'],
    ];
    const fields = [...names, 'x-dry-run', 'sudoku', 'x-tenant'].map((name) => [name, 'root'] as const);
    const options = { withheld: new Set(['x-tenant-id']), credential: { header: undefined } };
    for (const inspected of [true, false]) {
      const left = Object.entries(after(fields, { ...options, inspected }));
      expect(left.filter(([, value]) => value === 'root').map(([name]) => name)).toEqual([
        'x-dry-run',
        'sudoku',
        'x-tenant',
      ]);
    }
    const credential = { header: { name: 'x-tenant-id', value: new Secret('own') } };
    const changes = requestChanges(fields, { ...OPTIONS, ...options, credential });
    expect(changes.set).toContainEqual(['x-tenant-id', 'own']);
    expect(changes.remove).not.toContain('x-tenant-id');
  });

  it('has the upstream’s own, and it is not taken off with the agent’s', () => {
    const credential = { header: { name: 'x-api-key', value: new Secret('own') } };
    const fields: readonly HeaderField[] = [
      ['x-api-key', 'agents'],
      ['authorization', 'Bearer agents'],
    ];
    const { set, remove } = requestChanges(fields, { ...OPTIONS, credential });
    expect(set).toContainEqual(['x-api-key', 'own']);
    expect(remove).not.toContain('x-api-key');
    expect(remove).toContain('authorization');
  });

  it('is changed where something is to be taken off, and names no field that is not there', () => {
    expect(requestChanges([['accept', '*/*']], OPTIONS).remove).toEqual([]);
    const twice = [
      ['cookie', 'a=b'],
      ['cookie', 'c=d'],
      ['accept', '*/*'],
    ] as const;
    expect(requestChanges(twice, OPTIONS).remove).toEqual(['cookie']);
  });

  it('keeps cookies for whom policy shows those of the server', () => {
    expect(after([['cookie', 'a=b']], { keepsCookies: true })['cookie']).toBe('a=b');
  });

  it('asks for what the gate can read, where it reads', () => {
    const fields: readonly HeaderField[] = [
      ['accept-encoding', 'gzip, br'],
      ['accept-charset', 'utf-16'],
      ['range', 'bytes=0-1'],
      ['if-range', '"a"'],
      ['te', 'trailers'],
      ['want-repr-digest', 'sha-256=1'],
      ['content-digest', 'sha-256=:x:'],
      ['accept', 'application/json'],
    ];
    expect(after(fields)).toEqual({
      accept: 'application/json',
      'accept-encoding': 'identity',
      authorization: 'Bearer own',
    });
    expect(after(fields, { inspected: false })).toEqual({
      ...Object.fromEntries(fields),
      authorization: 'Bearer own',
    });
  });

  it('has what the dialect says in place of the client’s, and not what it takes off', () => {
    const own = { set: [['mcp-session-id', 'own']], remove: ['x-gone'] } as const;
    expect(
      after(
        [
          ['mcp-session-id', 'sealed'],
          ['x-gone', '1'],
        ],
        { own },
      ),
    ).toMatchObject({ 'mcp-session-id': 'own' });
    expect(requestChanges([['x-gone', '1']], { ...OPTIONS, own }).remove).toContain('x-gone');
  });
});

describe('conditions', () => {
  const ours = `W/"a~gh.${MASKS}"`;
  const theirs = 'W/"a~gh.ffff"';
  it.each([
    ['GET', 'if-none-match', ours, '"a", W/"a"'],
    ['HEAD', 'if-none-match', ours, '"a", W/"a"'],
    ['GET', 'if-none-match', theirs, undefined],
    ['GET', 'if-none-match', '"a"', undefined],
    ['GET', 'if-none-match', '*', '*'],
    ['GET', 'if-modified-since', 'Thu, 01 Jan 2026 00:00:00 GMT', undefined],
    ['PUT', 'if-none-match', '*', '*'],
    ['PUT', 'if-none-match', `"b", ${theirs}`, '"b", "a"'],
    ['PUT', 'if-match', ours, '"a"'],
    ['DELETE', 'if-match', theirs, '"a"'],
    ['PUT', 'if-match', '*', '*'],
    ['PUT', 'if-unmodified-since', 'x', 'x'],
  ])('of %s: %s: %s goes on as %s', (method, name, value, expected) => {
    expect(after([[name, value]], { method })[name]).toBe(expected);
  });

  it('stay whole where bodies are not read', () => {
    const fields: readonly HeaderField[] = [
      ['if-none-match', '"a"'],
      ['if-modified-since', 'x'],
    ];
    expect(after(fields, { inspected: false })).toMatchObject(Object.fromEntries(fields));
  });
});
