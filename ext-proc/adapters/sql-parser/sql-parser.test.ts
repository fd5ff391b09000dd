import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../domain/limits.ts';
import { createSqlParser, type SqlParser, type SqlParserOptions } from './sql-parser.ts';

let parsers: SqlParser[] = [];
const start = (options: SqlParserOptions = {}): SqlParser => {
  const parser = createSqlParser(options);
  parsers.push(parser);
  return parser;
};
afterEach(async () => {
  await Promise.all(parsers.map((parser) => parser.close()));
  parsers = [];
});

const deep = (terms: number): string => `SELECT ${Array.from({ length: terms }, () => '1').join('+')}`;
const nested = (depth: number): string => `SELECT ${'('.repeat(depth)}1${')'.repeat(depth)}`;

describe('the SQL parser', () => {
  it('outlines each statement with its place in bytes', async () => {
    const text = "SELECT 'é'; DELETE FROM людe ;";
    const outcome = await start().parse(text);
    if (!outcome.ok) throw new Error(outcome.code);
    const bytes = Buffer.from(text);
    expect(
      outcome.statements.map(({ startByte, endByte }) => bytes.toString('utf8', startByte, endByte)),
    ).toEqual(["SELECT 'é'", 'DELETE FROM людe ']);
    expect(outcome.statements.map(({ outline }) => outline.verb)).toEqual(['SELECT', 'DELETE']);
    expect(outcome.statements[0]?.outline.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    { what: 'what is no SQL', code: 'GH_SQL_SYNTAX', text: 'SELEC 1' },
    {
      what: 'a NUL, behind which it would read nothing',
      code: 'GH_SQL_ENCODING',
      text: 'SELECT 1\0; DROP TABLE x',
    },
    { what: 'half a character', code: 'GH_SQL_ENCODING', text: 'SELECT \ud800' },
    {
      what: 'a long text',
      code: 'GH_SQL_TOO_LONG',
      text: `SELECT '${'x'.repeat(LIMITS.statementBytesMax)}'`,
    },
    {
      what: 'a text of many bytes',
      code: 'GH_SQL_TOO_LONG',
      text: `SELECT '${'é'.repeat(LIMITS.statementBytesMax / 2)}'`,
    },
  ])('refuses $what with $code', async ({ text, code }) => {
    expect(await start().parse(text)).toEqual({ ok: false, code });
  });

  it('answers what is behind a text that breaks it, from a new thread', async () => {
    const replaced: string[] = [];
    const parser = start({ onReplaced: (code) => replaced.push(code) });
    const outcomes = await Promise.all([
      parser.parse('SELECT 1'),
      parser.parse(deep(100_000)),
      parser.parse('SELECT 2'),
      parser.parse(nested(100_000)),
      parser.parse('SELECT 3'),
    ]);
    // Whether the sum fits the stack depends on how far V8 has compiled the parser; the nesting never does.
    expect([0, 2, 3, 4].map((index) => outcomes[index]?.ok)).toEqual([true, true, false, true]);
    for (const outcome of [outcomes[1], outcomes[3]]) {
      if (outcome?.ok === true) continue;
      expect(outcome).toMatchObject({
        code: expect.stringMatching(/^GH_SQL_(TOO_DEEP|TOO_LARGE|SYNTAX|TIMEOUT)$/) as string,
      });
    }
  });

  it('stays sound through many texts that are too deep for it', { timeout: 120_000 }, async () => {
    const parser = start();
    for (let round = 0; round < 8; round++) {
      const outcome = await parser.parse(deep(30_000 + round));
      if (!outcome.ok) expect(outcome.code).toMatch(/^GH_SQL_(TOO_DEEP|TOO_LARGE|TIMEOUT)$/);
      expect(await parser.parse(`SELECT ${round} FROM t`)).toMatchObject({ ok: true });
    }
  });

  it('outlines an expression of 10,000 terms or says that it is too deep, and nothing else', async () => {
    const outcome = await start().parse(deep(10_000));
    if (!outcome.ok) expect(outcome.code).toBe('GH_SQL_TOO_DEEP');
  });

  it('gives up on a text that takes too long, and goes on with the next', async () => {
    const replaced: string[] = [];
    const parser = start({ timeoutMs: 500, onReplaced: (code) => replaced.push(code) });
    const long = `SELECT ${Array.from({ length: 140_000 }, (_, index) => `a${index}`).join(',')}`;
    const [slow, next] = await Promise.all([
      parser.parse(long),
      parser.parse(`SELECT '${'x'.repeat(10_000)}'`),
    ]);
    expect(slow).toEqual({ ok: false, code: 'GH_SQL_TIMEOUT' });
    expect(next.ok).toBe(true);
    expect(replaced[0]).toBe('GH_SQL_TIMEOUT');
  });

  it('bounds what waits for it', async () => {
    const parser = start();
    const outcomes = await Promise.all(Array.from({ length: 6_000 }, () => parser.parse('SELECT 1')));
    const refused = outcomes.filter((outcome) => !outcome.ok);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((outcome) => !outcome.ok && outcome.code === 'GH_SQL_BUSY')).toBe(true);
    expect(outcomes.filter((outcome) => outcome.ok).length).toBeGreaterThanOrEqual(4_096);
  });

  it('keeps no small text waiting for a large one', async () => {
    const parser = start();
    await parser.parse('SELECT 0');
    let done = false;
    const large = parser
      .parse(`SELECT ${Array.from({ length: 100_000 }, () => '1').join(',')}`)
      .then(() => (done = true));
    await parser.parse('SELECT 1');
    expect(done).toBe(false);
    await large;
  });

  it('answers everyone when it is closed', async () => {
    const parser = start();
    const pending = parser.parse('SELECT 1');
    await parser.close();
    expect(await pending).toEqual({ ok: false, code: 'GH_SQL_PARSER' });
    expect(await parser.parse('SELECT 1')).toEqual({ ok: false, code: 'GH_SQL_PARSER' });
  });

  it('makes a statement with more names than anyone reads unknown', async () => {
    const text = `SELECT ${Array.from({ length: 6_000 }, (_, index) => `a${index}`).join(',')} FROM t`;
    const outcome = await start().parse(text);
    if (!outcome.ok) throw new Error(outcome.code);
    expect(outcome.statements[0]?.outline.unknown).toContain('too_many_objects');
    expect(outcome.statements[0]?.outline.columns).toEqual([]);
  });
});
