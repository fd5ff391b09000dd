/**
 * The corpus of ways out against the gate: nothing leaks to whom policy reveals nothing, and what is plain still
 * answers.
 */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Secret } from '../../../ext-proc/domain/secret.ts';
import { CORPUS } from '../../../ext-proc/leak-corpus/corpus.ts';
import { plantSchema, type PlantedSchema } from '../../../ext-proc/leak-corpus/planted-schema.ts';
import { runCorpus, type LeakResult } from '../../../ext-proc/leak-corpus/run-corpus.ts';
import { sampleSubjects } from '../../../ext-proc/leak-corpus/sample-subject.ts';
import type { Target } from '../../../ext-proc/leak-corpus/target-url.ts';
import { startGatedPostgres, type GatedPostgres } from '../../support/gated-postgres.ts';
import { startGatedSample, type GatedSample } from '../../support/gated-sample.ts';
import { GATE_MASKS, marks, PLANTED_MARKS, SAMPLE_MARKS } from '../../support/masked-columns.ts';
import { postgresVersions } from '../../support/postgres.ts';

const TIMEOUT_MS = 600_000;
const local = (port: number, user: string, password: string, database: string): Target => ({
  host: '127.0.0.1',
  port,
  user,
  password: new Secret(password),
  database,
  sslMode: 'disable',
  rootCertificateFile: undefined,
});

const leaks = (results: readonly LeakResult[]): readonly string[] =>
  results
    .filter((result) => result.leaked)
    .map(({ name, column, detail }) => `${name}: ${column}: ${detail}`);
const outcome = (results: readonly LeakResult[], name: string): string | undefined =>
  results.find((result) => result.name === name)?.outcome;

describe.runIf(GATE_MASKS).each(postgresVersions)(
  'marks alone, PostgreSQL $version',
  ({ version, binaries }) => {
    let side: GatedPostgres;
    let owner: Client;
    let planted: PlantedSchema;
    beforeAll(async () => {
      side = await startGatedPostgres({ binaries, gate: { extraYaml: marks(PLANTED_MARKS) } });
      const { host, port, user, password } = side.postgres;
      owner = new Client({ host, port, user, password, database: 'postgres' });
      await owner.connect();
      // Digits that no detector knows: only the mark can keep them.
      planted = await plantSchema({ client: owner, canary: 'opaque' });
    });
    afterAll(async () => {
      await planted?.drop();
      await owner?.end();
      await side?.stop();
    });

    it(
      'nothing leaks through a gate whose policy allows everything',
      async () => {
        const results = await runCorpus({
          target: local(side.gate.port, 'anyone', await side.gate.token({ ttlMs: TIMEOUT_MS }), 'postgres'),
          owner: local(side.postgres.port, 'postgres', side.postgres.password, 'postgres'),
          entries: CORPUS,
          subjects: [planted.subject],
          serverMajor: Number(version),
        });
        expect(leaks(results)).toEqual([]);
        for (const name of [
          'plain/column',
          'plain/star',
          'extended/undescribed',
          'binary/text',
          'copy/query-text',
        ])
          expect(outcome(results, name), name).toBe('answered');
      },
      TIMEOUT_MS,
    );
  },
);

describe.runIf(GATE_MASKS)('the sample database, as a developer', () => {
  let side: GatedSample;
  beforeAll(async () => {
    side = await startGatedSample({ extraYaml: marks(SAMPLE_MARKS) });
  });
  afterAll(() => side?.stop());

  it(
    'no card, number or key leaks',
    async () => {
      const results = await runCorpus({
        target: local(side.gate.port, 'anyone', await side.gate.token({ ttlMs: TIMEOUT_MS }), 'app'),
        owner: undefined,
        entries: CORPUS,
        subjects: sampleSubjects(),
        serverMajor: 18,
      });
      expect(leaks(results)).toEqual([]);
      expect(outcome(results, 'plain/column')).toBe('answered');
      expect(JSON.stringify(await side.gate.records())).not.toContain(sampleSubjects()[0]?.rows[0]?.value);
    },
    TIMEOUT_MS,
  );
});
