import { expect, test } from 'vitest';

import { sampleOrders, samplePeople, sampleSecrets } from './sample-data.ts';

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, char, index) => {
    const value = Number(char) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

test('every person has a card that passes Luhn, a well-formed number and an address of an example domain', () => {
  const people = samplePeople();
  expect(people).toHaveLength(300);
  for (const person of people) {
    expect(person.card).toMatch(/^\d{16}$/);
    expect(passesLuhn(person.card)).toBe(true);
    expect(person.ssn).toMatch(/^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/);
    expect(person.email).toMatch(/^[a-z]+\.[a-z]+@example\.(com|org|net)$/);
    expect(person.phone).toMatch(/^\+1-\d{3}-555-01\d{2}$/);
  }
});

test('no two people share a name, an address or a card', () => {
  const people = samplePeople();
  for (const key of ['name', 'email', 'card', 'ssn'] as const) {
    expect(new Set(people.map((person) => person[key])).size).toBe(people.length);
  }
});

test('orders belong to people and grow in time', () => {
  const ids = new Set(samplePeople().map((person) => person.id));
  const orders = sampleOrders();
  expect(orders.every((order) => ids.has(order.personId) && order.totalCents > 0)).toBe(true);
  expect(orders.at(-1)!.orderedAt > orders[0]!.orderedAt).toBe(true);
});

test('the rows are the same at every call', () => {
  expect([samplePeople(), sampleOrders(), sampleSecrets()]).toEqual([
    samplePeople(),
    sampleOrders(),
    sampleSecrets(),
  ]);
});

test('the tokens have the shapes that their issuers give them', () => {
  const byService = new Map(sampleSecrets().map((secret) => [secret.service, secret.value]));
  expect(byService.get('aws-access-key-id')).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(byService.get('github-token')).toMatch(/^ghp_[A-Za-z0-9]{36}$/);
  expect(byService.get('google-api-key')).toMatch(/^AIza[\w-]{35}$/);
  expect(byService.get('jwt')!.split('.')).toHaveLength(3);
  expect(byService.get('ssh-private-key')).toContain('PRIVATE KEY-----');
});
