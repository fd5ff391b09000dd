import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleAction, exampleRelations, readPolicyExample, type PolicyExample } from './policy-example.ts';

const example = (value: unknown): PolicyExample => {
  const read = readPolicyExample(value);
  if ('wrong' in read) throw new Error(read.wrong);
  return read;
};

describe('an example of a rule', () => {
  it('is made whole: what is left out is a plain SELECT without objects', () => {
    expect(exampleAction(example({ statement: {} }), {})).toEqual({
      action: {
        kind: 'postgres.query',
        statement: {
          complete: true,
          unknown: [],
          verb: 'SELECT',
          verbs: ['SELECT'],
          writes: false,
          defines: false,
          relations: [],
          columns: [],
          functions: [],
          unfiltered: [],
          traits: [],
          setting: undefined,
          subject: undefined,
          inner: undefined,
          fingerprint: '',
          text: '-- an example of SELECT',
        },
      },
    });
  });

  it('says of objects what is different', () => {
    const made = exampleAction(
      example({
        kind: 'postgres.execute',
        statement: {
          verb: 'UPDATE',
          relations: [{ qualified: 'payroll.salaries', access: 'write' }],
          functions: [{ name: 'now' }, { schema: 'app', name: 'f', volatility: 'volatile' }],
          setting: { name: 'role' },
          unknown: ['parse_error'],
        },
      }),
      {},
    );
    expect(made).toMatchObject({
      action: {
        kind: 'postgres.execute',
        parameters: [],
        statement: {
          complete: false,
          verbs: ['UPDATE'],
          relations: [
            {
              schema: 'payroll',
              name: 'salaries',
              qualified: 'payroll.salaries',
              kind: 'table',
              access: 'write',
              resolved: true,
              through: [],
            },
          ],
          functions: [
            { schema: 'pg_catalog', name: 'now', volatility: 'stable', resolved: true },
            { schema: 'app', name: 'f', volatility: 'volatile', resolved: true },
          ],
          setting: { name: 'role', value: undefined, local: false },
        },
      },
    });
  });

  it('takes texts from the settings, and says which are not there', () => {
    const one = example({ statement: { relations: [{ qualified: 'data.settings.kept.0.relations.1' }] } });
    const data = { settings: { kept: [{ relations: ['a.b', 'hr.*'] }] } };
    expect(exampleAction(one, data)).toMatchObject({
      action: { statement: { relations: [{ schema: 'hr', name: 'example', qualified: 'hr.example' }] } },
    });
    for (const empty of [{}, undefined, { settings: { kept: [] } }, { settings: { kept: [{}] } }])
      expect(exampleAction(one, empty)).toEqual({ missing: 'data.settings.kept.0.relations.1' });
  });

  it("names the relations of the database's own that it speaks of itself", () => {
    const qualified = ['public.people', 'pg_catalog.pg_class', 'data.settings.kept.0'];
    expect(
      exampleRelations(example({ statement: { relations: qualified.map((name) => ({ qualified: name })) } })),
    ).toEqual(['public.people']);
    expect(exampleRelations(example({ kind: 'postgres.connect' }))).toEqual([]);
  });

  it.each([
    [[], 'must be an object'],
    [{ statment: {} }, 'has an unknown key statment'],
    [{ kind: 'postgres.copy', statement: {} }, 'has an unknown kind'],
    [{}, 'needs a statement'],
    [{ kind: 'postgres.query' }, 'needs a statement'],
    [{ kind: 'postgres.connect', statement: {} }, 'has a statement, and postgres.connect has none'],
    [{ statement: [] }, 'needs an object as statement'],
    [{ statement: { verb: 1 } }, 'cannot have this in statement.verb'],
    [{ statement: { text: 'DROP' } }, 'cannot have this in statement.text'],
    [{ statement: { toString: 'DROP' } }, 'cannot have this in statement.toString'],
    [{ statement: { relations: [{ name: 'x' }] } }, 'cannot have this in statement.relations'],
    [{ statement: { functions: [{ name: 'f', toString: 'x' }] } }, 'cannot have this in statement.functions'],
    [{ statement: {}, groups: 'developers' }, 'needs a list of texts as groups'],
  ])('is refused: %j %s', (value, wrong) => {
    expect(readPolicyExample(value)).toEqual({ wrong });
  });

  it('is read or refused, whatever it is, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, data) => {
        const read = readPolicyExample(value);
        if (!('wrong' in read)) exampleAction(read, data);
        const statement = readPolicyExample({ statement: value });
        if (!('wrong' in statement)) exampleAction(statement, data);
      }),
    );
  });
});
