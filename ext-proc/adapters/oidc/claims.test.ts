import { describe, expect, it } from 'vitest';
import { identityFromClaims, type ClaimRules } from './claims.ts';

const rules: ClaimRules = {
  issuer: 'https://login.example.com',
  groupsClaim: 'groups',
  type: 'at+jwt',
  nowMs: 1_000_000,
  clockToleranceMs: 0,
  lifetimeMaxMs: undefined,
};
const base = { sub: 'alice@example.com', iat: 1_000, exp: 2_000 };

function read(claims: Record<string, unknown>, more: Partial<ClaimRules> = {}) {
  const result = identityFromClaims({ ...base, ...claims }, { ...rules, ...more });
  return result.ok ? result.identity.principal : result.code;
}

describe('the act claim', () => {
  it("makes its subject the one who acts, and the token's the one acted for", () => {
    expect(read({ act: { sub: 'agent:claude-1' } })).toMatchObject({
      subject: 'agent:claude-1',
      onBehalfOf: 'alice@example.com',
    });
  });

  it('names the current actor on its outside, and earlier ones decide nothing', () => {
    const act = { sub: 'agent:inner', act: { sub: 'agent:outer', act: { sub: 'agent:first' } } };
    expect(read({ act })).toMatchObject({ subject: 'agent:inner', onBehalfOf: 'alice@example.com' });
  });

  it('of this issuer is accepted, of another refused, since it may be someone else there', () => {
    expect(read({ act: { sub: 'agent:a', iss: rules.issuer } })).toMatchObject({ subject: 'agent:a' });
    expect(read({ act: { sub: 'agent:a', iss: 'https://other.example.com' } })).toBe('GH_TOKEN_CLAIMS');
  });

  it.each([
    null,
    'agent:a',
    ['agent:a'],
    {},
    { sub: '' },
    { sub: 7 },
    { sub: 'a\nb' },
    { sub: 'a'.repeat(513) },
    { sub: 'agent:a', act: null },
    { sub: 'agent:a', act: 'agent:b' },
    { sub: 'agent:a', act: { iss: 'x' } },
  ])('that is malformed refuses the token: %j', (act) => {
    expect(read({ act })).toBe('GH_TOKEN_CLAIMS');
  });

  it('nested without end refuses the token', () => {
    let act: Record<string, unknown> = { sub: 'agent:0' };
    for (let depth = 1; depth < 8; depth++) act = { sub: `agent:${depth}`, act };
    expect(read({ act })).toMatchObject({ subject: 'agent:7' });
    expect(read({ act: { sub: 'agent:8', act } })).toBe('GH_TOKEN_CLAIMS');
  });
});

describe('the names of the account', () => {
  it('are those that the issuer says, each once, beside an actor too', () => {
    const names = { email: 'alice@example.com', upn: 'alice@example.com', preferred_username: 'a.moreau' };
    const accounts = ['alice@example.com', 'a.moreau'];
    expect(read({ ...names })).toMatchObject({ subject: 'alice@example.com', accounts });
    expect(read({ ...names, sub: 'AAAA', act: { sub: 'agent:1' } })).toMatchObject({
      subject: 'agent:1',
      onBehalfOf: 'AAAA',
      accounts,
    });
  });

  it('are none where it says none, and never what is no name, or what the actor says', () => {
    const act = { sub: 'agent:1', email: 'bob@example.com' };
    expect(read({ act, email: 7, upn: ['a'], preferred_username: 'a\nb' })).not.toHaveProperty('accounts');
  });
});

describe('the groups claim', () => {
  it('absent is no groups, and repeated names count once', () => {
    expect(read({})).toMatchObject({ groups: [] });
    expect(read({ groups: ['a', 'b', 'a'] })).toMatchObject({ groups: ['a', 'b'] });
  });

  it('is found by path, and by its whole name where that has dots', () => {
    expect(read({ realm_access: { roles: ['a'] } }, { groupsClaim: 'realm_access.roles' })).toMatchObject({
      groups: ['a'],
    });
    const url = 'https://example.com/claims/groups';
    expect(read({ [url]: ['b'] }, { groupsClaim: url })).toMatchObject({ groups: ['b'] });
  });

  it('is not looked for in what every object has', () => {
    for (const groupsClaim of ['constructor.name', '__proto__', 'groups.length', 'toString']) {
      expect(read({ groups: ['a'] }, { groupsClaim })).not.toMatchObject({ groups: ['a'] });
    }
    expect(read({ groups: { a: 1 } }, { groupsClaim: 'groups.constructor.name' })).toMatchObject({
      groups: [],
    });
  });

  it.each([
    'developers',
    null,
    7,
    {},
    ['a', 7],
    ['a', null],
    [''],
    ['a\0'],
    ['\ud800'],
    ['x'.repeat(257)],
    [['a']],
  ])('that is not a list of names refuses the token: %j', (groups) => {
    expect(read({ groups })).toBe('GH_TOKEN_CLAIMS');
  });

  it('with more names than anyone has refuses the token', () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `group-${index}`);
    expect(read({ groups: names(1_024) })).toMatchObject({ groups: expect.any(Array) });
    expect(read({ groups: names(1_025) })).toBe('GH_TOKEN_CLAIMS');
  });
});

describe('the subject', () => {
  it.each([undefined, null, '', 7, 'a\u0000b', 'a\u2028b', 'x'.repeat(513)])(
    'refuses the token where it is %j',
    (sub) => {
      expect(read({ sub })).toBe('GH_TOKEN_CLAIMS');
    },
  );
});
