/**
 * The tour as a person starts it, with nobody there to approve: it brings the sample, plays every scene whose protocol is
 * there, and leaves nothing behind.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { SceneSummary, TourSummary } from '../ext-proc/cli/tour.ts';
import { removeSampleData } from '../ext-proc/embedded/sample-place.ts';
import { readRun } from '../ext-proc/supervisor/run-file.ts';
import { temporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const CLI = join(import.meta.dirname, '../ext-proc/cli/gatehouse.ts');
/** What the issue promises is about 90 seconds with a person; a start on a busy machine comes on top. */
const TOUR_MS_MAX = 170_000;

let directory: TemporaryDirectory;
let home: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
  home = join(directory.path, 'h');
});
afterAll(async () => {
  await gatehouse('stop');
  await removeSampleData(join(home, 'postgres'));
  await directory.remove();
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const gatehouse = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    // As on a build server, whose tests' own output may well be coloured.
    const env = { ...process.env, CI: 'true', FORCE_COLOR: '', GATEHOUSE_HOME: home };
    execFile(process.execPath, [CLI, ...args], { env, timeout: TOUR_MS_MAX }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });

describe('an unattended tour, where nothing runs', () => {
  let outcome: Outcome;
  let summary: TourSummary;
  const scene = (name: string): SceneSummary => {
    const found = summary.scenes.find((each) => each.scene === name);
    if (found === undefined) throw new Error(`no scene ${name}`);
    return found;
  };
  beforeAll(async () => {
    outcome = await gatehouse('tour', '--yes', '--json');
    // Where it does not come so far, what it says is all there is to go by.
    expect(outcome.stdout, outcome.stderr).not.toBe('');
    summary = JSON.parse(outcome.stdout) as TourSummary;
  }, TOUR_MS_MAX);

  test('plays the six scenes, and says which have no protocol yet', () => {
    expect(summary.scenes.map(({ scene: name, status, wrong }) => [name, status, wrong])).toEqual([
      ['masked-select', 'shown', undefined],
      ['blocked-drop', 'shown', undefined],
      ['held-update', 'shown', undefined],
      ['refused-push', 'not there yet', undefined],
      ['replayed-exec', 'not there yet', undefined],
      ['denied-tool', 'shown', undefined],
    ]);
    expect(summary.ok).toBe(true);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });

  test('shows rows in which what is marked is masked, and says in the evidence what was', () => {
    const { saw = [], evidence = [] } = scene('masked-select');
    expect(saw).toHaveLength(6);
    expect(saw.slice(2, 5).every((line) => /\*{4}\d{4} {2}\[masked:us_ssn\]$/.test(line))).toBe(true);
    expect(evidence).toMatchObject([{ decision: 'allow', outcome: 'ok', rows: '3' }]);
    expect(Object.keys(evidence[0]!.masks)).toContain('payment_card:public.people.card');
  });

  test('shows a refusal that names the rule of its own row', () => {
    const { saw = [], evidence = [] } = scene('blocked-drop');
    expect(saw.join('\n')).toContain(`event ${evidence[0]?.event_id}`);
    expect(evidence).toMatchObject([{ decision: 'deny', rule: 'postgres.destructive.drop' }]);
  });

  test('shows a statement that waits, somebody else who approves it, and one digest from request to release', () => {
    const { saw = [], evidence = [] } = scene('held-update');
    expect(saw[0]).toMatch(/^NOTICE: {2}gatehouse: waiting for approval by /);
    expect(saw.at(-1)).toBe('UPDATE 1');
    const kinds = evidence.map(({ action_kind: kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(['approval.requested', 'approval.decided', 'approval.released']),
    );
    expect(new Set(evidence.map(({ approval_id: id }) => id)).size).toBe(1);
    expect(new Set(evidence.map(({ action_digest: digest }) => digest)).size).toBe(1);
    const decided = evidence.find(({ action_kind: kind }) => kind === 'approval.decided');
    expect(decided?.principal_subject).toBe('bob@example.com');
    const action = evidence.find(({ action_kind: kind }) => kind === 'postgres.query');
    expect(action).toMatchObject({ outcome: 'ok', rows: '1', rule: 'postgres.approval.held_write' });
  });

  test('shows what an agent reads of a tool that is denied', () => {
    const { saw = [], evidence = [] } = scene('denied-tool');
    expect(saw[0]).toBe('isError: true');
    expect(saw.join('\n')).toContain('nothing is deleted through tools');
    expect(evidence).toMatchObject([{ tool: 'delete_person', rule: 'mcp.tool.denied' }]);
  });

  test('stops what it started', async () => {
    expect(await readRun(home)).toBeUndefined();
  });
});

test(
  'a tour of what runs already leaves it running, in words without colours where nobody watches',
  async () => {
    expect((await gatehouse('start', '--detach', '--any-ports')).code).toBe(0);
    const { code, stdout } = await gatehouse('tour', '--yes');
    expect(code, stdout).toBe(0);
    expect(stdout).not.toContain('\u001B');
    for (const words of ['1 of 6  A masked SELECT', 'not there yet', '6 of 6  A denied MCP tool', 'UPDATE 1'])
      expect(stdout).toContain(words);
    expect((await gatehouse('status', '--json')).code).toBe(0);

    // What the auditors' page says of approvals, asked of one that has just been.
    const page = await readFile(join(import.meta.dirname, '../docs/auditors.md'), 'utf8');
    const questions = [...page.matchAll(/^\| ([^`|]+?) *\| `(SELECT [^`]+)` +\|$/gm)]
      .map(([, question = '', sql = '']) => ({ question, sql }))
      .filter(({ sql }) => sql.includes('approval'));
    expect(questions.length).toBeGreaterThanOrEqual(8);
    const ask = async (sql: string): Promise<string> => {
      const answered = await gatehouse('query', sql, '--format', 'JSONEachRow');
      expect(answered, sql).toMatchObject({ code: 0 });
      return answered.stdout;
    };
    // Each finds nothing here, and something in evidence of what must not be.
    const none = questions.filter(({ question }) => question.endsWith('(none)'));
    const forged = [
      "(SELECT * REPLACE (mapUpdate(details, map('requester_for', 'BOB@example.com')) AS details) FROM events)",
      "(SELECT * REPLACE (if(action_kind = 'approval.viewed', mapUpdate(details, map('digest_shown', 'another')), details) AS details) FROM events)",
      "(SELECT * FROM events WHERE action_kind != 'approval.released')",
    ];
    expect(none).toHaveLength(forged.length);
    for (const [index, { question, sql }] of none.entries()) {
      expect(await ask(sql), question).toBe('');
      expect(await ask(sql.replaceAll('FROM events', `FROM ${forged[index]}`)), question).not.toBe('');
    }
    const answer = async (begin: string): Promise<string> =>
      ask(questions.find(({ question }) => question.startsWith(begin))?.sql ?? '');
    expect(await answer('Who asked, who looked')).toContain('"shown_to":["bob@example.com"]');
    expect(await answer('What ran by an approval')).toContain('"approved_by":"bob@example.com"');
  },
  TOUR_MS_MAX,
);
