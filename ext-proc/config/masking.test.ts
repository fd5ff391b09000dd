import { describe, expect, it } from 'vitest';
import type { MaskingConfig } from './config.ts';
import { parseConfig } from './load.ts';
import { ConfigError } from './problem.ts';

const HEAD = `version: 1
listeners:
  - { name: pg, protocol: postgres, address: 127.0.0.1:6432, upstream: sample, plaintext: loopback-development }
upstreams:
  - { name: sample, protocol: postgres, address: 127.0.0.1:5432, credentials: [{ groups: ['*'], user: app }] }
issuers:
  - { issuer: http://127.0.0.1:9000, audience: gatehouse, algorithms: [ES256] }
policy: { bundle: { file: bundle } }
`;

const read = (masking: string): MaskingConfig =>
  parseConfig(`${HEAD}${masking}`, '/etc/gatehouse/gatehouse.yaml', {
    cores: 1,
    runtimeDirectory: '/run/user/1',
  }).masking;

/** The problems, as `line:column path: message`; the section begins on line 9. */
function problems(masking: string): readonly string[] {
  try {
    read(masking);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
  }
  return [];
}

/** A section with one pattern, `fields` beside its name. */
const pattern = (fields: string): string => `masking:
  patterns:
    - name: member_number
${fields.replaceAll(/^/gm, '      ')}
`;

describe('without the section', () => {
  it('detectors look for everything, and nothing is marked', () => {
    const none = { key: undefined, style: 'full', detectors: {}, patterns: [], columns: [], fields: [] };
    expect(read('')).toEqual(none);
    expect(read('masking: {}\n')).toEqual(none);
  });
});

describe('a good section', () => {
  it('gives values', () => {
    expect(
      read(`masking:
  key: { file: masking.key }
  style: partial
  detectors: { email: hash, phone: off, iban: null, member_number: 'null' }
  patterns:
    - { name: member_number, pattern: 'M-[0-9]{8}', keywords: [m-], ignoreCase: true, style: typed }
    - { name: badge, pattern: 'B[0-9]+', keywords: [badge, staff] }
  columns:
    - { upstream: sample, column: public.people.card, tag: payment_card, style: partial }
    - { column: '*.*.salary', tag: salary, style: null }
    - { column: public.secrets.*, tag: secret }
  fields:
    - { field: '**.ssn', tag: us_ssn }
    - { field: customer.card, tag: payment_card, style: partial }
`),
    ).toEqual({
      key: { file: '/etc/gatehouse/masking.key' },
      style: 'partial',
      detectors: { email: 'hash', phone: 'off', iban: 'null', member_number: 'null' },
      patterns: [
        {
          name: 'member_number',
          pattern: 'M-[0-9]{8}',
          keywords: ['m-'],
          ignoreCase: true,
          style: 'typed',
        },
        {
          name: 'badge',
          pattern: 'B[0-9]+',
          keywords: ['badge', 'staff'],
          ignoreCase: false,
          style: undefined,
        },
      ],
      columns: [
        {
          upstream: 'sample',
          schema: 'public',
          table: 'people',
          column: 'card',
          tag: 'payment_card',
          style: 'partial',
        },
        { upstream: undefined, schema: '*', table: '*', column: 'salary', tag: 'salary', style: 'null' },
        {
          upstream: undefined,
          schema: 'public',
          table: 'secrets',
          column: '*',
          tag: 'secret',
          style: 'full',
        },
      ],
      fields: [
        { upstream: undefined, pattern: ['**', 'ssn'], tag: 'us_ssn', style: 'full' },
        { upstream: undefined, pattern: ['customer', 'card'], tag: 'payment_card', style: 'partial' },
      ],
    });
  });

  it('takes its key as any secret', () => {
    expect(read('masking: { key: { env: MASKING_KEY } }\n').key).toEqual({ env: 'MASKING_KEY' });
    expect(read('masking: { key: { command: [vault, read] } }\n').key).toEqual({
      command: ['vault', 'read'],
      cacheForMs: 60_000,
    });
    expect(problems('masking:\n  key: 0123456789abcdef0123456789abcdef\n')).toEqual([
      '10:3 masking.key: must be a mapping of keys',
    ]);
  });
});

describe('what is wrong is named with its key, its place and what is right', () => {
  it('an unknown key', () => {
    expect(problems('masking:\n  colums: []\n')).toEqual([
      '10:3 masking.colums: unknown key; did you mean columns? Allowed here: key, style, detectors, patterns, columns, fields',
    ]);
  });

  it('an unknown kind, with the one that was meant', () => {
    const [problem] = problems('masking:\n  detectors:\n    e_mail: full\n');
    expect(problem).toMatch(
      /^11:5 masking\.detectors\.e_mail: no detector finds this kind; did you mean email\? There are: private_key, .*, phone$/,
    );
    expect(
      problems(`${pattern("pattern: 'M-[0-9]{8}'\nkeywords: [m-]")}  detectors: { member: off }\n`)[0],
    ).toMatch(
      /^14:16 masking\.detectors\.member: no detector finds this kind\. There are: .*, phone, member_number$/,
    );
  });

  it('an unknown style', () => {
    const styles = 'must be full, partial, hash, null or typed';
    expect(problems('masking:\n  style: redact\n')).toEqual([`10:3 masking.style: ${styles}`]);
    expect(problems('masking:\n  style: off\n')).toEqual([`10:3 masking.style: ${styles}`]);
    expect(problems('masking:\n  detectors: { email: no }\n')).toEqual([
      '10:16 masking.detectors.email: must be full, partial, hash, null, typed or off',
    ]);
    expect(problems('masking:\n  columns:\n    - { column: a.b.c, tag: x, style: [full] }\n')).toEqual([
      `11:32 masking.columns[0].style: ${styles}`,
    ]);
  });

  it('the style hash without a key, wherever it stands', () => {
    const needs =
      'is hash, which needs masking.key: 32 or more random bytes as text, such as `openssl rand -base64 48` prints';
    const text = `masking:
  style: hash
  detectors: { email: hash, phone: typed }
  patterns:
    - { name: badge, pattern: 'B[0-9]+', keywords: [badge], style: hash }
  columns:
    - { column: a.b.c, tag: x, style: full }
    - { column: a.b.d, tag: x, style: hash }
`;
    expect(problems(text)).toEqual([
      `10:3 masking.style: ${needs}`,
      `11:16 masking.detectors.email: ${needs}`,
      `13:61 masking.patterns[0].style: ${needs}`,
      `16:32 masking.columns[1].style: ${needs}`,
    ]);
    expect(problems(`${text}  key: { env: MASKING_KEY }\n`)).toEqual([]);
  });

  it.each(['card', 'people.card', 'app.public.people.card', 'public..card', 'public.people.', '*'])(
    'the column %s, which has not three parts',
    (column) => {
      expect(problems(`masking:\n  columns:\n    - { column: '${column}', tag: card }\n`)).toEqual([
        '11:9 masking.columns[0].column: must have three parts, schema.table.column, each a name or a glob with *, such as public.people.card; in a name with a dot, * stands for it',
      ]);
    },
  );

  it('a column of an unknown upstream, and one without a tag', () => {
    expect(problems('masking:\n  columns:\n    - { upstream: smaple, column: a.b.c, tag: x }\n')).toEqual([
      '11:9 masking.columns[0].upstream: no PostgreSQL upstream has this name; did you mean sample? There are: sample',
    ]);
    expect(problems('masking:\n  columns:\n    - { column: a.b.c }\n')[0]).toMatch(
      /^11:7 masking\.columns\[0\]\.tag: (is missing|must be)/,
    );
    expect(problems('masking:\n  columns:\n    - { column: a.b.c, tag: Card }\n')[0]).toMatch(
      /^11:24 masking\.columns\[0\]\.tag: must be a word of at most 32/,
    );
  });
});

describe("an operator's pattern", () => {
  it.each([
    ['a back reference', String.raw`(a)\1`],
    ['look-around', '(?=a)b'],
    ['a bracket that is not closed', '(ab'],
    ['what fits nothing at all', ''],
  ])('is refused for %s', (_, source) => {
    const found = problems(pattern(`pattern: '${source}'\nkeywords: [ab]`));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^12:7 masking\.patterns\[0\]\.pattern: /);
  });

  it('is refused with the sentence of what vetted it', () => {
    expect(problems(pattern("pattern: '(?=a)b'\nkeywords: [ab]"))[0]).toMatch(
      /: The masking pattern "member_number" .*\.$/,
    );
  });

  it('needs a name of its own', () => {
    const fields = "pattern: 'ab'\nkeywords: [ab]";
    expect(problems(pattern(fields).replace('member_number', 'email'))[0]).toMatch(
      /^11:7 masking\.patterns\[0\]\.name: must not be that of a built-in kind: private_key/,
    );
    expect(problems(pattern(fields).replace('member_number', 'Member-Number'))[0]).toMatch(
      /^11:7 masking\.patterns\[0\]\.name: must be a word of at most 32/,
    );
    const twice = `${pattern(fields)}    - { name: member_number, pattern: 'cd', keywords: [cd] }\n`;
    expect(problems(twice)).toEqual(['14:9 masking.patterns[1].name: must be unique among patterns']);
  });

  it('needs keywords of two letters or more', () => {
    expect(problems(pattern("pattern: 'ab'\nkeywords: []"))).toEqual([
      '13:7 masking.patterns[0].keywords: must have at least 1 entry',
    ]);
    expect(problems(pattern("pattern: 'ab'\nkeywords: [ab, c]"))).toEqual([
      '13:22 masking.patterns[0].keywords[1]: must have 2 to 64 characters',
    ]);
    expect(problems(pattern("pattern: 'ab'"))).toEqual([
      '11:7 masking.patterns[0].keywords: is missing; it must be a list',
    ]);
  });
});
