import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../domain/secret.ts';
import { byteStringOf, byteStringOfText, charactersIn } from './byte-string.ts';
import { CORPORA } from './corpus/all.ts';
import { sample } from './corpus/corpus.ts';
import { createMasker, type Masker, type MaskOutcome } from './masker.ts';
import { compileOperatorPattern } from './operator-pattern.ts';
import { createScanner } from './scanner.ts';
import { STYLE_NAMES } from './styles/style.ts';
import { type MaskTarget, TEXT_TARGET, type ValueShape } from './value-shape.ts';

const scanner = createScanner();
const key = new Secret<Uint8Array>(Buffer.alloc(32, 7));
const masker = createMasker({ scanner, key });
const CARD = '4111111111111111';
const SECRETS = CORPORA.flatMap(({ kind, trueCases }) =>
  trueCases.map(({ text }) => ({ kind, text: byteStringOfText(text) })),
);

const target = (shape: ValueShape, nullable = true): MaskTarget => ({ shape, nullable });
const textOf = (outcome: MaskOutcome): string => (outcome.kind === 'replaced' ? outcome.text : outcome.kind);
const of = (style: (typeof STYLE_NAMES)[number]): Masker =>
  createMasker({ scanner, key, defaultStyle: style });

describe('what is found inside a text', () => {
  test('is replaced, and the rest stays', () => {
    expect(masker.maskFound(`pay ${CARD} to alice@example.com now`, TEXT_TARGET)).toEqual({
      kind: 'replaced',
      text: 'pay [masked:payment_card] to [masked:email] now',
      kinds: ['payment_card', 'email'],
    });
  });

  test('nothing is unchanged', () => {
    expect(masker.maskFound('nothing here', TEXT_TARGET)).toEqual({ kind: 'unchanged' });
  });

  test('takes the style of its kind', () => {
    const styled = createMasker({
      scanner,
      key,
      styles: {
        payment_card: 'partial',
        email: 'partial',
        us_ssn: 'partial',
        iban: 'partial',
        phone: 'partial',
        git_token: 'partial',
        jwt: 'partial',
      },
    });
    const masked = (text: string): string => textOf(styled.maskFound(text, TEXT_TARGET));
    expect(masked(`a ${CARD}`)).toBe('a ****1111');
    expect(masked('alice@example.com')).toBe('a***@example.com');
    expect(masked('bob@example.com')).toBe('***@example.com');
    expect(masked('123-45-6789')).toBe('***-**-**89');
    expect(masked('DE89 3704 0044 0532 0130 00')).toBe('DE**3000');
    expect(masked('+1 415 555 2671')).toBe('*****71');
    expect(masked(sample('ghp', '_16C7e42F292c6912E7710c838347Ae178B4a'))).toBe('ghp_****');
    expect(masked(sample('eyJhbGciOiJub25lIn0', '.eyJzdWIiOiJhbGljZSJ9.'))).toBe('[masked:jwt]');
  });

  test('shows no part of what was encoded or lies in something else', () => {
    const styled = of('partial');
    expect(textOf(styled.maskFound(Buffer.from(`card ${CARD}`).toString('base64'), TEXT_TARGET))).toBe(
      '[masked:payment_card]',
    );
    expect(textOf(styled.maskFound('postgres://app:s3cr3t@db.example.com/x', TEXT_TARGET))).toBe(
      'postgres://app:[masked:credential]/x',
    );
  });

  test('null takes the whole value', () => {
    const styled = createMasker({ scanner, styles: { payment_card: 'null' } });
    expect(styled.maskFound(`a ${CARD} b`, TEXT_TARGET)).toEqual({ kind: 'null', kinds: ['payment_card'] });
    expect(styled.maskFound(`a ${CARD} b`, target({ type: 'text' }, false))).toMatchObject({
      kind: 'impossible',
    });
    expect(styled.maskFound('a@example.com', TEXT_TARGET)).toMatchObject({ kind: 'replaced' });
  });

  test("an operator's pattern brings its own style", () => {
    const result = compileOperatorPattern({
      name: 'staff',
      pattern: 'EMP-\\d{4}',
      keywords: ['emp-'],
      style: 'null',
    });
    if (!result.ok) throw new Error(result.problem);
    const own = createScanner({ patterns: [result.pattern] });
    expect(createMasker({ scanner: own }).maskFound('EMP-1234', TEXT_TARGET)).toMatchObject({ kind: 'null' });
    expect(
      createMasker({ scanner: own, styles: { staff: 'full' } }).maskFound('EMP-1234', TEXT_TARGET),
    ).toMatchObject({ text: '[masked:staff]' });
  });

  test('leaves nothing that is found again, in any style', () => {
    for (const style of STYLE_NAMES) {
      const styled = of(style);
      for (const { text } of SECRETS) {
        const outcome = styled.maskFound(text, TEXT_TARGET);
        expect(outcome.kind).not.toBe('unchanged');
        if (outcome.kind === 'replaced') expect(scanner.scan(outcome.text)).toEqual([]);
      }
    }
  });

  test('leaves nothing where several stand side by side', () => {
    const joint = fc.constantFrom('', ' ', '-', '.', ',', '@', '"', '\n', '1', 'a', '=', '\\');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...SECRETS), joint), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...STYLE_NAMES),
        (parts, style) => {
          const text = parts.map(([secret, sign]) => secret.text + sign).join('');
          const outcome = of(style).maskFound(text, TEXT_TARGET);
          if (outcome.kind === 'replaced') expect(scanner.scan(outcome.text)).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('the limits of the target', () => {
  test('a varchar stays within its length, in characters', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SECRETS),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(...STYLE_NAMES),
        ({ text }, charactersMax, style) => {
          const outcome = of(style).maskFound(text, target({ type: 'text', charactersMax }));
          if (outcome.kind === 'replaced')
            expect(charactersIn(outcome.text)).toBeLessThanOrEqual(charactersMax);
        },
      ),
      { numRuns: 1_000 },
    );
    expect(textOf(masker.maskFound('a@b.co', target({ type: 'text', charactersMax: 8 })))).toBe('[masked]');
    expect(textOf(masker.maskFound('a@b.co', target({ type: 'text', charactersMax: 2 })))).toBe('**');
  });

  test('a number stays a number, a type of no known form becomes null or is denied', () => {
    const int8 = target({ type: 'integer', min: -(2n ** 63n), max: 2n ** 63n - 1n });
    expect(masker.maskFound(CARD, int8)).toEqual({ kind: 'replaced', text: '0', kinds: ['payment_card'] });
    expect(
      masker.maskFound(`${CARD}.00`, target({ type: 'decimal', precision: 18, scale: 2 })),
    ).toMatchObject({ text: '0' });
    expect(textOf(of('hash').maskFound(CARD, int8))).toMatch(/^[0-9]+$/);
    expect(masker.maskFound(`{${CARD}}`, target({ type: 'opaque' }))).toMatchObject({ kind: 'null' });
    expect(masker.maskFound(`{${CARD}}`, target({ type: 'opaque' }, false))).toMatchObject({
      kind: 'impossible',
    });
  });
});

describe('JSON', () => {
  const json = target({ type: 'json' });
  const masked = (value: unknown): unknown => {
    const text = JSON.stringify(value);
    const outcome = masker.maskFound(byteStringOfText(text), json);
    return JSON.parse(outcome.kind === 'replaced' ? outcome.text : text);
  };

  test('strings, keys and numbers are masked in their place', () => {
    expect(masked({ a: 'mail alice@example.com!', n: 7 })).toEqual({ a: 'mail [masked:email]!', n: 7 });
    expect(masked({ 'alice@example.com': 1 })).toEqual({ '[masked:email]': 1 });
    expect(masked({ card: Number(CARD), n: 1 })).toEqual({ card: '[masked:payment_card]', n: 1 });
    expect(masked([Number(CARD), [Number(CARD)]])).toEqual([
      '[masked:payment_card]',
      ['[masked:payment_card]'],
    ]);
    expect(masked(CARD)).toBe('[masked:payment_card]');
    expect(masked(Number(CARD))).toBe('[masked:payment_card]');
    expect(masked({ note: `line\n${CARD}\n"quoted"` })).toEqual({
      note: 'line\n[masked:payment_card]\n"quoted"',
    });
  });

  test('a key that was cut off takes the whole value', () => {
    const text = `{"k":"-----BEGIN PRIVATE KEY-----\\n${'A'.repeat(100)}","b":1}`;
    expect(() => JSON.parse(textOf(masker.maskFound(text, json)))).not.toThrow();
  });

  test('stays JSON without anything that is found, whatever the document', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(...SECRETS).map((each) => Buffer.from(each.text, 'latin1').toString('utf8')),
      fc.constant(CARD),
    );
    const leaf = fc.oneof(text, fc.constant(Number(CARD)), fc.integer(), fc.boolean(), fc.constant(null));
    const document = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(text, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(document, fc.constantFrom(...STYLE_NAMES), fc.boolean(), (value, style, spaced) => {
        const outcome = of(style).maskFound(
          byteStringOfText(JSON.stringify(value, undefined, spaced ? 2 : 0)),
          json,
        );
        if (outcome.kind !== 'replaced') return;
        expect(() => JSON.parse(outcome.text)).not.toThrow();
        expect(scanner.scan(outcome.text)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('marked values', () => {
  test('a constant is the same for every value, and given ahead', () => {
    const { constant, apply } = masker.prepareMark(
      { kind: 'salary', style: 'full' },
      target({ type: 'text', charactersMax: 40 }),
    );
    expect(constant).toEqual({ kind: 'text', text: '[masked:salary]' });
    expect(apply('anything')).toBe(constant);
    expect(masker.prepareMark({ kind: 'salary', style: 'hash' }, TEXT_TARGET).constant).toBeUndefined();
    expect(masker.prepareMark({ kind: 'salary', style: 'partial' }, TEXT_TARGET).constant).toBeUndefined();
    expect(
      createMasker({ scanner }).prepareMark({ kind: 'salary', style: 'hash' }, TEXT_TARGET).constant,
    ).toEqual({ kind: 'text', text: '[masked:salary]' });
  });

  test('a date keeps its year where partial is the style', () => {
    const born = masker.prepareMark({ kind: 'birth', style: 'partial' }, target({ type: 'date' }));
    expect(born.constant).toBeUndefined();
    expect(born.apply('1984-05-06')).toEqual({ kind: 'text', text: '1984-01-01' });
    expect(born.apply('infinity')).toEqual({ kind: 'text', text: '1970-01-01' });
  });
});

describe("texts of the gate's own records", () => {
  test('carry tokens only, and stay ordinary strings', () => {
    expect(masker.maskRecordText(`INSERT INTO t VALUES ('Zoë', '${CARD}')`)).toBe(
      "INSERT INTO t VALUES ('Zoë', '[masked:payment_card]')",
    );
    expect(masker.maskRecordText('plain')).toBe('plain');
    expect(of('partial').maskRecordText(CARD)).toBe('[masked:payment_card]');
  });

  test('nothing is found in them again, and nothing is thrown', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom(...SECRETS).map(({ text }) => text),
          ),
          { maxLength: 6 },
        ),
        (parts) => {
          expect(scanner.scan(byteStringOfText(masker.maskRecordText(parts.join(''))))).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

test('random bytes go through unharmed or are replaced, and nothing is thrown', () => {
  const shapes: readonly ValueShape[] = [
    { type: 'text' },
    { type: 'json' },
    { type: 'bytes' },
    { type: 'opaque' },
    { type: 'uuid' },
  ];
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(...shapes),
      fc.constantFrom(...STYLE_NAMES),
      fc.boolean(),
      (bytes, shape, style, nullable) => {
        expect(['unchanged', 'replaced', 'null', 'impossible']).toContain(
          of(style).maskFound(byteStringOf(bytes), { shape, nullable }).kind,
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

describe('what stands around a value', () => {
  const under = (name: string, value: string): string =>
    textOf(masker.maskFound(value, TEXT_TARGET, { kind: 'named', name }));

  test('says what it is by its name', () => {
    expect(masker.maskFound('hunter2x', TEXT_TARGET)).toEqual({ kind: 'unchanged' });
    expect(under('password', 'hunter2x')).toBe('[masked:credential]');
    expect(under('phone', '4155552671')).toBe('[masked:phone]');
    expect(under('note', 'hunter2x')).toBe('unchanged');
  });

  test('hides nothing that is found in the value alone', () => {
    expect(under('sha256', `card ${CARD} and alice@example.com`)).toBe(
      'card [masked:payment_card] and [masked:email]',
    );
    expect(under('password', 'a "quoted" alice@example.com')).toBe('a "quoted" [masked:email]');
  });

  test('is not changed by quotes in name or value', () => {
    expect(under('pass"word', 'hunter2x')).toBe('unchanged');
    expect(under('password', 'hun"ter\\2x')).toBe('[masked:credential]');
  });

  test('is counted and masked with the value alone', () => {
    expect(masker.maskFound(CARD, TEXT_TARGET, { kind: 'named', name: 'alice@example.com' })).toEqual({
      kind: 'replaced',
      text: '[masked:payment_card]',
      kinds: ['payment_card'],
    });
  });
});

describe('a part of a longer text', () => {
  test('has its findings replaced by texts, whatever the style', () => {
    for (const style of STYLE_NAMES) {
      const masked = of(style).maskPart(`card ${CARD}, alice@example.com`);
      expect(masked?.kinds).toEqual(['payment_card', 'email']);
      expect(masked?.text).toMatch(/^card \S+, \S+$/);
      expect(masked?.text).not.toContain(CARD);
    }
    expect(masker.maskPart('nothing')).toBeUndefined();
  });

  test('is read with what stands before it, of which nothing is given out', () => {
    expect(masker.maskPart('4155552671 x', { kind: 'text', before: 'phone: ' })?.text).toBe(
      '[masked:phone] x',
    );
    expect(masker.maskPart('1111 1111 x', { kind: 'text', before: '4111 1111 ' })).toEqual({
      text: '[masked:payment_card] x',
      kinds: ['payment_card'],
    });
    expect(masker.maskPart('x', { kind: 'text', before: `${CARD} ` })).toBeUndefined();
  });

  test('holds nothing that is found again', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SECRETS), { maxLength: 3 }), fc.string(), (secrets, gap) => {
        const masked = masker.maskPart(secrets.map(({ text }) => text).join(byteStringOfText(gap)));
        if (masked !== undefined) expect(scanner.scan(masked.text)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
