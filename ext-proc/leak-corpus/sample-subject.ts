/**
 * The columns of the sample database whose values must not come out. Owns which part of each value is a secret: what
 * everybody knows of a key (its issuer's prefix, the header of its format) is not.
 */
import { samplePeople, sampleSecrets } from '../embedded/sample-data.ts';
import type { KnownRow, PlainTable, Subject } from './subject.ts';

const SECRET_CHARACTERS = 20;

/** cards first. */
export function sampleSubjects(): readonly Subject[] {
  const people = samplePeople();
  const rows = (column: 'card' | 'ssn'): KnownRow[] =>
    people.map((person) => ({ key: String(person.id), value: person[column] }));
  const secrets = sampleSecrets();
  const common = { ground: 'sample', schema: 'public', key: 'id', objects: undefined } as const;
  return [
    ...(['card', 'ssn'] as const).map((column) => ({
      ...common,
      relation: 'people',
      column,
      rows: rows(column),
      secrets: people.map((person) => person[column]),
      plain: PLAIN,
    })),
    {
      ...common,
      relation: 'secrets',
      column: 'value',
      rows: secrets.map(({ id, value }) => ({ key: String(id), value })),
      secrets: secrets.map(({ value }) => secretPart(value)),
      plain: PLAIN,
    },
  ];
}

const PLAIN: PlainTable = {
  table: 'public.orders',
  column: 'item',
  others: [
    ['id', '900001'],
    ['person_id', '1'],
    ['quantity', '1'],
    ['total', '1'],
  ],
  where: 'id = 1000',
};

/** The end of it: a key begins with its issuer's prefix, and an armoured one ends in a line of its format. */
function secretPart(value: string): string {
  const url = /^\w+:\/\/\w+:([^@]+)@/.exec(value);
  if (url?.[1] !== undefined) return url[1];
  const lines = value.split('\n');
  const random = lines.length > 1 ? (lines.at(-2) ?? '') : value;
  return random.slice(-SECRET_CHARACTERS);
}
