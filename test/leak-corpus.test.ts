/**
 * The corpus held against servers without a gate: as who may read, every entry leaks (one that cannot leak tests
 * nothing); as who may not, none does (one that leaks then tests the tool). Against the gate: test/postgres/masking.
 */
import { readFile } from 'node:fs/promises';

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';

import { Secret } from '../ext-proc/domain/secret.ts';
import type { Postgres } from '../ext-proc/embedded/postgres.ts';
import { chosenEntries, CORPUS } from '../ext-proc/leak-corpus/corpus.ts';
import { plantSchema, type PlantedSchema } from '../ext-proc/leak-corpus/planted-schema.ts';
import { runCorpus, type LeakResult } from '../ext-proc/leak-corpus/run-corpus.ts';
import { sampleSubjects } from '../ext-proc/leak-corpus/sample-subject.ts';
import type { Subject } from '../ext-proc/leak-corpus/subject.ts';
import type { Target } from '../ext-proc/leak-corpus/target-url.ts';
import { postgresVersions, startSamplePostgres, startTestPostgres } from './support/postgres.ts';
import type { SampleServer } from './support/gated-sample.ts';

const TIMEOUT_MS = 300_000;

const names = (results: readonly LeakResult[], leaked: boolean): readonly string[] =>
  results
    .filter((result) => result.outcome !== 'not-run' && result.leaked === leaked)
    .map((result) => `${result.name}: ${result.column}: ${result.outcome}: ${result.detail}`);

test('has 150 entries or more, each under a name of its own', () => {
  expect(CORPUS.length).toBeGreaterThanOrEqual(150);
  expect(new Set(CORPUS.map((entry) => entry.name)).size).toBe(CORPUS.length);
  for (const { name } of CORPUS) expect(name).toMatch(/^[a-z-]+\/[a-z0-9-]+$/);
});

describe.each(postgresVersions)('over planted canaries, PostgreSQL $version', ({ version, binaries }) => {
  let server: Postgres;
  let owner: Client;
  let planted: PlantedSchema;
  const target = (user: string, password: string): Target => ({
    host: '127.0.0.1',
    port: server.port,
    user,
    password: new Secret(password),
    database: 'postgres',
    sslMode: 'disable',
    rootCertificateFile: undefined,
  });

  beforeAll(async () => {
    server = await startTestPostgres({ binaries });
    const { host, port, user, password } = server;
    owner = new Client({ host, port, user, password, database: 'postgres' });
    await owner.connect();
    await owner.query("CREATE ROLE reader LOGIN PASSWORD 'r'; CREATE ROLE stranger LOGIN PASSWORD 's'");
  });
  afterAll(async () => {
    await planted?.drop();
    await owner?.end();
    await server?.stop();
  });

  it(
    'every entry leaks a card to who may read it',
    async () => {
      planted = await plantSchema({ client: owner, canary: 'card', grantTo: 'reader' });
      const run = (entries: typeof CORPUS) =>
        runCorpus({
          target: target('postgres', server.password),
          owner: target('postgres', server.password),
          entries,
          subjects: [planted.subject],
          serverMajor: Number(version),
        });
      const results = await run(CORPUS);
      // Several run at once, and one may meet what another does to the table: what has not leaked is run by itself.
      for (const { name, leaked, outcome } of results) {
        if (leaked || outcome === 'not-run') continue;
        expect(names(await run(CORPUS.filter((entry) => entry.name === name)), false)).toEqual([]);
      }
      const missing = results.filter((result) => result.outcome === 'not-run').map((each) => each.detail);
      expect(missing.filter((what) => !what.startsWith('PostgreSQL '))).toEqual([]);
      if (version === '18') expect(missing).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'an ordinary reader gets all but what takes a superuser, digits that are no card too',
    async () => {
      planted = await plantSchema({ client: owner, canary: 'opaque', grantTo: 'reader' });
      const results = await runCorpus({
        target: target('reader', 'r'),
        owner: target('postgres', server.password),
        entries: CORPUS.filter((entry) => !entry.needs.includes('superuser')),
        subjects: [planted.subject],
        serverMajor: Number(version),
      });
      expect(names(results, false)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'no entry leaks to who may not read it',
    async () => {
      const results = await runCorpus({
        target: target('stranger', 's'),
        owner: target('postgres', server.password),
        entries: CORPUS,
        subjects: [planted.subject],
        serverMajor: Number(version),
      });
      expect(names(results, true)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('over the sample database', () => {
  let sample: SampleServer;
  beforeAll(async () => {
    sample = await startSamplePostgres();
  });
  afterAll(() => sample?.stop());

  it(
    'every entry that needs nothing planted leaks a card, a number and a key',
    async () => {
      const [cards, ...others] = sampleSubjects();
      const common = {
        target: {
          host: 'localhost',
          port: sample.server.port,
          user: 'app_developer',
          password: new Secret(await readFile(sample.passwordFiles.app_developer, 'utf8')),
          database: sample.database,
          sslMode: 'verify-full',
          rootCertificateFile: sample.caFile,
        },
        owner: undefined,
        serverMajor: 18,
      } as const;
      const results = await runCorpus({
        ...common,
        entries: CORPUS.filter((entry) => !entry.needs.includes('superuser')),
        subjects: [cards as Subject],
      });
      // The families that depend most on what a value looks like.
      const further = await runCorpus({
        ...common,
        entries: chosenEntries(['plain', 'function', 'error', 'where', 'statistics']).filter(
          (entry) => !entry.needs.includes('superuser'),
        ),
        subjects: others,
      });
      expect(names([...results, ...further], false)).toEqual([]);
      const run = results.filter((result) => result.outcome !== 'not-run').map((result) => result.name);
      expect(new Set(run).size).toBeGreaterThan(150);
    },
    TIMEOUT_MS,
  );
});
