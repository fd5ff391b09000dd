/**
 * `npm run tour`: six scenes of what an agent meets at the gate, against the running sample. Each prints what the agent
 * saw and the evidence that it left. The sample is started where it does not run, and then stopped at the end.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { GatehouseError } from '../domain/errors.ts';
import { liveRun } from '../supervisor/run-file.ts';
import { colors } from './colors.ts';
import { formGateLogin } from './gate-login.ts';
import { findHttpAccess } from './http-access.ts';
import { homeDirectory } from './paths.ts';
import { stop } from './stop.ts';
import type { LineWriter } from './terminal.ts';
import { readEvidence } from './tour/evidence.ts';
import type { Played, Scene, TourContext } from './tour/scene.ts';
import { SCENES } from './tour/scenes.ts';
import { createTourShow, type TourShow } from './tour/show.ts';

export interface TourOptions {
  /** Approve the held statement as a reviewer of the sample, so that nobody has to be there. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** As `--json` prints it. */
export interface TourSummary {
  /** Whether each scene whose protocol is there went as it should. */
  readonly ok: boolean;
  readonly scenes: readonly SceneSummary[];
}

export interface SceneSummary extends Partial<Played> {
  readonly scene: string;
  readonly title: string;
  readonly sends: string;
  readonly status: 'shown' | 'wrong' | 'not there yet';
  readonly seconds: number;
}

const HUMAN = 'alice@example.com';
const REVIEWER = 'bob@example.com';
const GATEHOUSE = join(import.meta.dirname, 'gatehouse.ts');
/** For a person to read a scene before the next one. */
const PAUSE_MS = 6_000;

/** Resolves with the exit code, 1 where a scene did not go as it should. Throws what keeps the sample from starting. */
export async function tour(options: TourOptions, write: LineWriter): Promise<number> {
  const { json = false, yes = false } = options;
  const interactive = process.stdout.isTTY && !json;
  const tell: LineWriter = json ? () => undefined : write;
  const ended = new AbortController();
  const show = createTourShow(
    // What a scene that was left still says is for nobody.
    (line) => (ended.signal.aborted ? undefined : tell(line)),
    colors.isColorSupported,
  );
  const onSignal = (): void => ended.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const startedHere = await startSample(json, show);
  try {
    const context = await contextOf(yes, show);
    const scenes: SceneSummary[] = [];
    for (const [index, scene] of SCENES.entries()) {
      if (ended.signal.aborted) break;
      show.scene(index + 1, SCENES.length, scene);
      const playing = play(scene, context, show);
      // Who leaves need not wait for a hold to end.
      const summary = await Promise.race([playing, aborted(ended.signal)]);
      if (summary === undefined) break;
      scenes.push(summary);
      if (interactive && !yes && summary.status === 'shown' && index + 1 < SCENES.length)
        await sleep(PAUSE_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
    const ok = scenes.length === SCENES.length && scenes.every(({ status }) => status !== 'wrong');
    if (json) write(JSON.stringify({ ok, scenes } satisfies TourSummary));
    else show.line(`\n${closing(context.subject)}`);
    return ok ? 0 : 1;
  } finally {
    if (startedHere) await stop({}, tell);
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

async function play(scene: Scene, context: TourContext, show: TourShow): Promise<SceneSummary> {
  const { name, title, sends } = scene;
  const startedAtMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAtMs) / 100) / 10;
  if (scene.play === undefined) {
    show.notThereYet();
    return { scene: name, title, sends, status: 'not there yet', seconds: 0 };
  }
  let told = 0;
  const say = (line: string): void => {
    told += 1;
    show.saw(line);
  };
  let played: Played;
  try {
    played = await scene.play({ ...context, say });
  } catch (error) {
    const wrong = error instanceof Error ? error.message : String(error);
    show.wrong(wrong);
    return { scene: name, title, sends, status: 'wrong', seconds: seconds(), saw: [], evidence: [], wrong };
  }
  // What came while it played is on the screen already.
  for (const line of told === 0 ? played.saw : played.saw.slice(-1)) show.saw(line);
  show.evidence(played.evidence);
  const wrong = played.wrong ?? (played.evidence.length === 0 ? 'It left no evidence.' : undefined);
  if (wrong !== undefined) show.wrong(wrong);
  const status = wrong === undefined ? 'shown' : 'wrong';
  return { scene: name, title, sends, status, seconds: seconds(), ...played, wrong };
}

/** Whether it had to be started. Throws `GH_START` with what the start said. */
async function startSample(json: boolean, show: TourShow): Promise<boolean> {
  const running = await liveRun(homeDirectory());
  if (running?.ready === true) {
    if (running.mode === 'development') return false;
    throw new GatehouseError(
      'GH_TOUR',
      'What runs here is no sample; stop it, or give the tour a GATEHOUSE_HOME.',
    );
  }
  show.line('The sample does not run: starting it, and stopping it at the end.');
  const child = spawn(process.execPath, [GATEHOUSE, 'start', '--detach'], {
    stdio: ['ignore', 'pipe', json ? 'ignore' : 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  // Its steps, not the lines to try: the tour does that.
  lines.on('line', (line) => {
    if (/^\s+[✓✗]|^Ready/.test(line)) show.line(line);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new GatehouseError('GH_START', 'The sample did not start; npm start says why.');
  return true;
}

async function contextOf(yes: boolean, show: TourShow): Promise<TourContext> {
  const subject = `agent:tour-${randomBytes(3).toString('hex')}`;
  const login = await formGateLogin({ subject, groups: 'developers', for: HUMAN, ttl: '30m' });
  const { url, caFile } = await findHttpAccess('mcp', {});
  return {
    subject,
    human: HUMAN,
    reviewer: REVIEWER,
    login,
    mcp: url,
    caFile,
    approvesItself: yes,
    say: (line) => show.saw(line),
    approve,
    evidence: (condition, least) => {
      // What reviewers did of the agent's has their names, and the approval's id.
      const own = condition.startsWith('approval_id')
        ? condition
        : `${condition} AND principal_subject = '${subject}'`;
      return readEvidence(own, least);
    },
  };
}

/** With a session of the tour's own: whoever watches stays logged in as they are. */
async function approve(id: string, reason: string): Promise<void> {
  const sessions = await mkdtemp(join(tmpdir(), 'gatehouse-tour-'));
  const env = { ...process.env, XDG_CONFIG_HOME: sessions };
  try {
    await command(['login', '--user', REVIEWER], env);
    // As a person does: look at it, and approve what was shown.
    const shown = JSON.parse(await command(['approvals', 'show', id, '--json'], env)) as {
      actionDigest: string;
    };
    const decision = ['--reason', reason, '--digest', shown.actionDigest, '--yes'];
    await command(['approvals', 'approve', id, ...decision], env);
  } finally {
    await rm(sessions, { recursive: true, force: true });
  }
}

/** What a command of the gate's own prints, as a person types it. Rejects with what it said. */
async function command(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [GATEHOUSE, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return printed;
  const words = `${said}${printed}`.trim();
  throw new GatehouseError('GH_TOUR', `gatehouse ${args.slice(0, 2).join(' ')} failed: ${words}`);
}

const closing = (subject: string): string =>
  `All of it again: npm run gatehouse -- query "SELECT time, action_kind, decision, rule FROM events WHERE principal_subject = '${subject}' ORDER BY time"`;
