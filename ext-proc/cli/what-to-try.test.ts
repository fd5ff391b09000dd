import { execFileSync } from 'node:child_process';

import { afterEach, expect, test } from 'vitest';

import { whatToTry } from './what-to-try.ts';

const path = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = path;
});

const facts = {
  port: 15432,
  http: 'https://localhost:18443',
  console: 'http://localhost:18090',
  caFile: "/home/o'brien and co/ca.crt",
  token: 'eyJ.x.y',
  officerToken: 'eyJ.o.o',
  tokenLifetime: '8 hours',
};

test('the psql lines survive the shell and libpq, whatever the path is called', () => {
  const line = whatToTry(facts).find((each) => each.includes("-c 'DELETE FROM people'")) as string;
  expect(line.startsWith("PGPASSWORD='eyJ.x.y' psql ")).toBe(true);
  const said = execFileSync('/bin/sh', ['-c', line.replace(/^.*? psql /, 'printf "%s\\n" ')], {
    encoding: 'utf8',
  });
  expect(said.split('\n').slice(0, 3)).toEqual([
    String.raw`host=localhost port=15432 dbname=app user=agent sslmode=verify-full sslrootcert='/home/o\'brien and co/ca.crt'`,
    '-c',
    'DELETE FROM people',
  ]);
});

test('the view and the function of the sample are there to try, and survive the shell too', () => {
  const said = whatToTry(facts)
    .filter((line) => line.includes('connect sql "'))
    .map((line) =>
      execFileSync('/bin/sh', ['-c', line.replace(/^.*? connect sql /, 'printf %s ')], { encoding: 'utf8' }),
    );
  expect(said).toEqual([
    'SELECT name, phone FROM people_contacts LIMIT 3',
    "SELECT name FROM find_people('kowalski')",
  ]);
});

test('where there is no psql, the lines that do without it are printed too', () => {
  process.env['PATH'] = '/nonexistent';
  const lines = whatToTry(facts);
  expect(lines).toContain("npm run gatehouse -- connect sql 'DELETE FROM people'");
  expect(lines).toContain(
    "npm run gatehouse -- connect sql --groups developers,privacy-officers 'SELECT id, name, email, card FROM people ORDER BY id LIMIT 5'",
  );
  expect(lines.some((line) => line.startsWith('PGPASSWORD='))).toBe(true);
});

test('one statement is to be tried with both tokens, and they come in this order', () => {
  const rows = whatToTry(facts).filter((each) => each.includes("-c 'SELECT"));
  expect(rows.map((each) => /^PGPASSWORD='([^']+)'/.exec(each)?.[1])).toEqual(['eyJ.x.y', 'eyJ.o.o']);
  expect(new Set(rows.map((each) => each.replace(/^PGPASSWORD='[^']+'/, ''))).size).toBe(1);
});

test('the curl lines survive the shell, whatever the path is called', () => {
  const asked = whatToTry(facts)
    .filter((line) => line.startsWith('curl '))
    .map((line) => {
      const script = line.replace(/^curl /, 'printf "%s\\n" ');
      return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
    });
  expect(asked.map((words) => words.at(-1))).toEqual([
    'https://localhost:18443/people?limit=2',
    'https://localhost:18443/events?count=6',
    'https://localhost:18443/people?limit=1000',
  ]);
  for (const words of asked) {
    expect(words.slice(1, 5)).toEqual(['--cacert', facts.caFile, '-H', 'Authorization: Bearer eyJ.x.y']);
  }
});
