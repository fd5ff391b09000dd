import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asSessionId } from '../domain/ids.ts';
import type { LiveSession, SessionCommand } from '../domain/ports.ts';
import { openSqliteState, type SqliteState } from './sqlite-state.ts';
import type { Order } from './sqlite-state/state-worker.fixture.ts';

let directory: string;
let file: string;
let states: SqliteState[];
let children: Worker[];
let errors: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-state-'));
  file = join(directory, 'state', 'state.db');
  states = [];
  children = [];
  errors = [];
});
afterEach(async () => {
  for (const state of states) state.close();
  await Promise.all(children.map((child) => child.end('SIGKILL')));
  rmSync(directory, { recursive: true });
});

const listeners = [{ name: 'orders', limits: { unauthenticatedPerSource: 4, unauthenticatedMax: 10 } }];
const quiet = (): void => undefined;
function open(worker = 'here'): SqliteState {
  const state = openSqliteState({
    file,
    worker,
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    log: {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: (fields, message) => void errors.push(message + JSON.stringify(fields)),
    },
    listeners,
  });
  states.push(state);
  return state;
}
const session = (id: string, more: Partial<LiveSession> = {}): LiveSession => ({
  sessionId: asSessionId(id),
  worker: 'here',
  principalSubject: 'agent:claude-1',
  onBehalfOf: 'alice@example.com',
  upstream: 'orders',
  database: 'app',
  clientAddress: '127.0.0.1:50000',
  startedAtMs: 1_000,
  ...more,
});
const target = (id: string, secretKey = randomBytes(4)) => ({
  upstream: 'orders',
  sessionId: asSessionId(id),
  processId: 4_242,
  secretKey,
});
function commandsOf(state: SqliteState): SessionCommand[] {
  const seen: SessionCommand[] = [];
  state.onCommand((command) => seen.push(command));
  return seen;
}
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Another process with the same file. */
class Worker {
  readonly #child: ChildProcess;
  readonly commands: { command: SessionCommand; atMs: number }[] = [];
  #answers: ((answer: unknown) => void)[] = [];
  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: { answer?: unknown; command?: SessionCommand; atMs?: number }) => {
      if (message.command === undefined) this.#answers.shift()?.(message.answer);
      else this.commands.push({ command: message.command, atMs: message.atMs as number });
    });
  }
  static async start(name: string): Promise<Worker> {
    const child = fork(join(import.meta.dirname, 'sqlite-state', 'state-worker.fixture.ts'), [file, name]);
    const worker = new Worker(child);
    children.push(worker);
    await worker.#answer();
    return worker;
  }
  #answer(): Promise<unknown> {
    return new Promise((resolve) => this.#answers.push(resolve));
  }
  tell(order: Order): Promise<unknown> {
    const answer = this.#answer();
    this.#child.send(order);
    return answer;
  }
  /** A disk that is full for this process alone: no file may grow, or be written at all. */
  diskFull(full: boolean): void {
    const limit = full ? '0:unlimited' : 'unlimited:unlimited';
    execFileSync('prlimit', ['--pid', String(this.#child.pid), `--fsize=${limit}`]);
  }
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}

describe('a cancel key', () => {
  it.each([4, 32])('of %i bytes stands for its session, as often as it is asked', (bytes) => {
    const [one, two] = [open('one'), open('two')];
    const key = randomBytes(bytes);
    const secretKey = randomBytes(bytes);
    one.putCancelKey(77, key, target('s-1', secretKey));
    for (const state of [one, two, two]) {
      expect(state.cancelTarget(77, key)).toEqual({ ...target('s-1'), secretKey: new Uint8Array(secretKey) });
    }
  });

  it('is unknown with another id, another key, a part of it, or after its session', () => {
    const [one, two] = [open('one'), open('two')];
    const key = randomBytes(32);
    one.sessionStarted(session('s-1'));
    one.putCancelKey(77, key, target('s-1'));
    const changed = Buffer.from(key);
    changed[31] = (changed[31] as number) ^ 1;
    for (const wrong of [changed, key.subarray(0, 4), Buffer.concat([key, key]), Buffer.alloc(0)]) {
      expect(two.cancelTarget(77, wrong)).toBeUndefined();
    }
    expect(two.cancelTarget(78, key)).toBeUndefined();
    one.sessionEnded(asSessionId('s-1'));
    expect(one.cancelTarget(77, key)).toBeUndefined();
    expect(two.cancelTarget(77, key)).toBeUndefined();
  });

  it('may share its process id with another', () => {
    const state = open();
    const [first, second] = [randomBytes(4), randomBytes(4)];
    state.putCancelKey(77, first, target('s-1'));
    state.putCancelKey(77, second, target('s-2'));
    expect(state.cancelTarget(77, first)?.sessionId).toBe('s-1');
    expect(state.cancelTarget(77, second)?.sessionId).toBe('s-2');
  });

  it("leaves no trace of the upstream's secret in the database once its session is over", () => {
    const state = open();
    const marker = Buffer.from('upstream-secret-of-32-bytes-long');
    state.sessionStarted(session('s-1'));
    state.putCancelKey(77, randomBytes(32), target('s-1', marker));
    const held = (): boolean => readFileSync(file).includes(marker);
    const checkpoint = (): void => {
      const db = new DatabaseSync(file);
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
    };
    checkpoint();
    expect(held()).toBe(true);
    state.sessionEnded(asSessionId('s-1'));
    expect(state.cancelTarget(77, randomBytes(32))).toBeUndefined();
    checkpoint();
    expect(held()).toBe(false);
    expect(existsSync(`${file}-wal`) && readFileSync(`${file}-wal`).includes(marker)).toBe(false);
  });
});

describe('live sessions', () => {
  it('are listed on every worker, oldest first, until they end', async () => {
    const [one, two] = [open('one'), open('two')];
    one.sessionStarted(session('s-1', { startedAtMs: 2_000 }));
    two.sessionStarted(session('s-2', { startedAtMs: 1_000, onBehalfOf: '' }));
    await later(60);
    for (const state of [one, two])
      expect(state.listSessions().map((each) => each.sessionId)).toEqual(['s-2', 's-1']);
    expect(one.listSessions()[1]).toEqual(session('s-1', { startedAtMs: 2_000 }));
    one.sessionEnded(asSessionId('s-1'));
    await later(60);
    expect(two.listSessions().map((each) => each.sessionId)).toEqual(['s-2']);
  });

  it('that end before they were written leave nothing', async () => {
    const state = open();
    state.sessionStarted(session('s-1'));
    state.sessionEnded(asSessionId('s-1'));
    await later(60);
    expect(state.listSessions()).toEqual([]);
  });

  it('of a worker that closes end with it', () => {
    const [one, two] = [open('one'), open('two')];
    one.sessionStarted(session('s-1'));
    expect(one.listSessions()).toHaveLength(1);
    one.close();
    expect(two.listSessions()).toEqual([]);
  });
});

describe('a block', () => {
  it('holds for who acts and for whom they act, on every worker at once, and through restarts', () => {
    const [one, two] = [open('one'), open('two')];
    one.block('alice@example.com', 'root');
    for (const state of [one, two, open('three')]) {
      expect(state.isBlocked({ subject: 'alice@example.com', onBehalfOf: undefined })).toBe(true);
      expect(state.isBlocked({ subject: 'agent:claude-1', onBehalfOf: 'alice@example.com' })).toBe(true);
      expect(state.isBlocked({ subject: 'agent:claude-1', onBehalfOf: undefined })).toBe(false);
      expect(state.isBlocked({ subject: 'Alice@example.com', onBehalfOf: 'bob@example.com' })).toBe(false);
    }
    for (const state of states) state.close();
    const restarted = open();
    expect(restarted.isBlocked({ subject: 'alice@example.com', onBehalfOf: undefined })).toBe(true);
    expect(restarted.listBlocks()).toMatchObject([{ subject: 'alice@example.com', by: 'root' }]);
  });

  it('is seen by whoever asks in the next turn, though somebody has just asked', async () => {
    const [one, two] = [open('one'), open('two')];
    const alice = { subject: 'alice@example.com', onBehalfOf: undefined };
    for (let round = 0; round < 3; round++) {
      expect(two.isBlocked(alice)).toBe(false);
      one.block('alice@example.com', 'root');
      await nextTurn();
      expect(two.isBlocked(alice)).toBe(true);
      one.unblock('alice@example.com', 'root');
      await nextTurn();
    }
  });

  it('is seen by its own worker in the same turn', () => {
    const state = open();
    const alice = { subject: 'alice@example.com', onBehalfOf: undefined };
    expect(state.isBlocked(alice)).toBe(false);
    state.block('alice@example.com', 'root');
    expect(state.isBlocked(alice)).toBe(true);
  });

  it('is lifted on every worker at once, and asks nothing of sessions then', async () => {
    const [one, two] = [open('one'), open('two')];
    one.block('agent:claude-1', 'root');
    const seen = commandsOf(two);
    await later(300);
    expect(two.unblock('agent:claude-1', 'root')).toBe(true);
    expect(one.isBlocked({ subject: 'agent:claude-1', onBehalfOf: undefined })).toBe(false);
    expect(two.isBlocked({ subject: 'agent:claude-1', onBehalfOf: undefined })).toBe(false);
    expect(one.unblock('agent:claude-1', 'root')).toBe(false);
    await later(300);
    expect(seen).toEqual([{ kind: 'block', subject: 'agent:claude-1', by: 'root' }]);
  });
});

describe('a command', () => {
  it('reaches the worker that gave it and the others, once, in order', async () => {
    const [one, two] = [open('one'), open('two')];
    const [atOne, atTwo] = [commandsOf(one), commandsOf(two)];
    one.sessionStarted(session('s-1'));
    one.block('agent:x', 'root');
    expect(one.kill(asSessionId('s-1'), 'root')).toBe(true);
    expect(one.kill(asSessionId('s-unknown'), 'root')).toBe(false);
    await later(500);
    const given = [
      { kind: 'block', subject: 'agent:x', by: 'root' },
      { kind: 'kill', sessionId: 's-1', by: 'root' },
    ];
    expect(atOne).toEqual(given);
    expect(atTwo).toEqual(given);
  });

  it('is not repeated to who comes later, and not given to who has gone', async () => {
    const one = open('one');
    const stopped: SessionCommand[] = [];
    const stop = one.onCommand((command) => stopped.push(command));
    one.block('agent:x', 'root');
    stop();
    const seen = commandsOf(open('late'));
    await later(500);
    expect([stopped, seen]).toEqual([[], []]);
  });

  it('is given to the other listeners where one throws', async () => {
    const state = open();
    state.onCommand(() => {
      throw new Error('listener failed');
    });
    const seen = commandsOf(state);
    state.block('agent:x', 'root');
    await later(50);
    expect(seen).toHaveLength(1);
    expect(errors.join()).toContain('listener failed');
  });
});

describe('unauthenticated streams', () => {
  it('are capped by source and by listener, over all workers', () => {
    const [one, two] = [open('one'), open('two')];
    const enter = (state: SqliteState, source: string, times: number): number =>
      Array.from({ length: times }, () => state.enterUnauthenticated('orders', source)).filter(Boolean)
        .length;
    expect(enter(one, '10.0.0.1:1', 3) + enter(two, '10.0.0.1:2', 3)).toBe(4);
    expect(enter(one, '10.0.0.2:1', 9)).toBe(4);
    expect(enter(two, '10.0.0.3:1', 9)).toBe(2);
    expect(enter(one, '10.0.0.4:1', 1)).toBe(0);
    expect(enter(one, '127.0.0.1:1', 1)).toBe(0);
  });

  it('make room when they leave, and a leave too many makes none', async () => {
    const [one, two] = [open('one'), open('two')];
    for (let time = 0; time < 4; time++) expect(one.enterUnauthenticated('orders', '10.0.0.1')).toBe(true);
    two.leaveUnauthenticated('orders', '10.0.0.1');
    await later(60);
    expect(two.enterUnauthenticated('orders', '10.0.0.1')).toBe(false);
    for (let time = 0; time < 9; time++) one.leaveUnauthenticated('orders', '10.0.0.1');
    await later(60);
    for (let time = 0; time < 4; time++) expect(two.enterUnauthenticated('orders', '10.0.0.1')).toBe(true);
    expect(two.enterUnauthenticated('orders', '10.0.0.1')).toBe(false);
  });

  it('of a listener without limits are refused', () => {
    expect(open().enterUnauthenticated('unknown', '10.0.0.1')).toBe(false);
  });
});

describe('workers in processes of their own', () => {
  it('hear of a kill and a block within a second', async () => {
    const workers = await Promise.all([Worker.start('one'), Worker.start('two')]);
    await workers[1]?.tell({ do: 'start', session: 's-1', subject: 'agent:claude-1', key: 5 });
    const cli = open('cli');
    const givenAtMs = Date.now();
    expect(cli.kill(asSessionId('s-1'), 'root')).toBe(true);
    cli.block('agent:claude-1', 'root');
    await expect
      .poll(() => workers.every(({ commands }) => commands.length === 2), { timeout: 3_000 })
      .toBe(true);
    for (const { command, atMs } of workers.flatMap(({ commands }) => commands)) {
      expect(atMs - givenAtMs, command.kind).toBeLessThan(1_000);
    }
  });

  it('that are killed leave nothing behind for more than two seconds', async () => {
    const worker = await Worker.start('one');
    await worker.tell({ do: 'start', session: 's-1', subject: 'agent:claude-1', key: 5 });
    await worker.tell({ do: 'enter', source: '10.0.0.1', times: 4 });
    const here = open();
    expect(here.listSessions()).toHaveLength(1);
    expect(here.cancelTarget(5, new Uint8Array(32).fill(7))).toBeDefined();
    expect(here.enterUnauthenticated('orders', '10.0.0.1')).toBe(false);
    await worker.end('SIGKILL');
    expect(here.listSessions()).toEqual([]);
    expect(here.cancelTarget(5, new Uint8Array(32).fill(7))).toBeUndefined();
    expect(here.enterUnauthenticated('orders', '10.0.0.1')).toBe(true);
  });

  it('that are killed at a full cap do not keep the next client out', async () => {
    const worker = await Worker.start('one');
    expect(await worker.tell({ do: 'enter', source: '10.0.0.1', times: 9 })).toBe(4);
    const here = open();
    await later(100);
    expect(here.enterUnauthenticated('orders', '10.0.0.1')).toBe(false);
    await worker.end('SIGKILL');
    await later(60);
    expect(here.enterUnauthenticated('orders', '10.0.0.1')).toBe(true);
  });

  it('that are frozen keep their rows, since their connections are still there', async () => {
    const worker = await Worker.start('one');
    await worker.tell({ do: 'enter', source: '10.0.0.1', times: 4 });
    worker.signal('SIGSTOP');
    const here = open();
    await later(1_500);
    expect(here.enterUnauthenticated('orders', '10.0.0.1')).toBe(false);
    worker.signal('SIGCONT');
    await worker.tell({ do: 'leave', source: '10.0.0.1', times: 4 });
    await later(60);
    expect(here.enterUnauthenticated('orders', '10.0.0.1')).toBe(true);
  });

  it('that are killed in the middle of writing leave a state that works, time and again', async () => {
    const here = open();
    for (let round = 0; round < 5; round++) {
      const worker = await Worker.start('one');
      await worker.tell({ do: 'count-forever' });
      await later(20 + round * 7);
      await worker.end('SIGKILL');
    }
    expect(here.listSessions()).toEqual([]);
    for (let time = 0; time < 4; time++) expect(here.enterUnauthenticated('orders', '10.0.0.1')).toBe(true);
    expect(here.enterUnauthenticated('orders', '10.0.0.1')).toBe(false);
    expect(errors).toEqual([]);
  });

  it('count right while they all write', async () => {
    const workers = await Promise.all(['one', 'two', 'three'].map((name) => Worker.start(name)));
    const entered = await Promise.all(
      workers.map((worker) => worker.tell({ do: 'enter', source: '10.0.0.1', times: 50 })),
    );
    expect(entered.map(Number).reduce((sum, each) => sum + each)).toBe(4);
  });
});

describe('a worker that another took for dead', () => {
  it('writes its rows again', async () => {
    const state = open();
    const key = randomBytes(32);
    state.sessionStarted(session('s-1'));
    state.putCancelKey(77, key, target('s-1'));
    expect(state.enterUnauthenticated('orders', '10.0.0.1')).toBe(true);
    const db = new DatabaseSync(file);
    db.exec('DELETE FROM worker; DELETE FROM session; DELETE FROM cancel_key; DELETE FROM unauthenticated');
    expect(state.listSessions()).toEqual([]);
    await expect.poll(() => state.listSessions().length, { timeout: 8_000, interval: 200 }).toBe(1);
    expect(state.cancelTarget(77, key)?.sessionId).toBe('s-1');
    expect(db.prepare('SELECT sum(streams) AS n FROM unauthenticated').get()?.n).toBe(2);
    db.close();
  });
});

describe('a state that cannot be used', () => {
  it('lets nobody in while another process holds it, and goes on after', async () => {
    const state = open();
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN IMMEDIATE');
    const started = performance.now();
    expect(state.enterUnauthenticated('orders', '10.0.0.1')).toBe(false);
    expect(() => state.putCancelKey(77, randomBytes(4), target('s-1'))).toThrow(
      expect.objectContaining({ code: 'GH_STATE_UNAVAILABLE' }),
    );
    state.sessionStarted(session('s-1'));
    expect(performance.now() - started).toBeLessThan(1_500);
    holder.exec('ROLLBACK');
    holder.close();
    await later(300);
    expect(state.listSessions()).toHaveLength(1);
    for (let time = 0; time < 4; time++) expect(state.enterUnauthenticated('orders', '10.0.0.1')).toBe(true);
  });

  it('lets nobody in while the disk is full, and goes on after with nothing lost', async () => {
    const worker = await Worker.start('one');
    const here = open();
    await worker.tell({ do: 'start', session: 's-1', subject: 'agent:claude-1', key: 5 });
    worker.diskFull(true);
    expect(await worker.tell({ do: 'enter', source: '10.0.0.1', times: 3 })).toBe(0);
    await worker.tell({ do: 'end', session: 's-1' });
    await later(300);
    expect(here.listSessions()).toHaveLength(1);
    worker.diskFull(false);
    await expect.poll(() => here.listSessions(), { timeout: 2_000 }).toEqual([]);
    expect(await worker.tell({ do: 'enter', source: '10.0.0.1', times: 9 })).toBe(4);
  });

  it('blocks everyone and counts everyone out after close', () => {
    const state = open();
    state.close();
    expect(state.isBlocked({ subject: 'agent:claude-1', onBehalfOf: undefined })).toBe(true);
    expect(state.enterUnauthenticated('orders', '10.0.0.1')).toBe(false);
    expect(state.cancelTarget(77, randomBytes(4))).toBeUndefined();
    expect(() => state.block('agent:x', 'root')).toThrow(
      expect.objectContaining({ code: 'GH_STATE_UNAVAILABLE' }),
    );
  });

  it('that is damaged, newer or not a file stops the start and is left as it is', () => {
    open().close();
    const text = 'this is not a database, but it is long enough to be taken for one '.repeat(20);
    for (const name of readdirSync(join(directory, 'state'))) rmSync(join(directory, 'state', name));
    writeFileSync(file, text, { mode: 0o600 });
    expect(() => open()).toThrow(expect.objectContaining({ code: 'GH_STATE_FILE' }));
    expect(readFileSync(file, 'utf8')).toBe(text);
    rmSync(file);
    writeFileSync(join(directory, 'elsewhere'), '');
    symlinkSync(join(directory, 'elsewhere'), file);
    expect(() => open()).toThrow(expect.objectContaining({ code: 'GH_STATE_FILE' }));
    rmSync(file);
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'GH_STATE_VERSION' }));
  });
});

describe("tools' definitions", () => {
  const person = new Map([['get_person', '{"name":"get_person"}']]);

  it('are those that any worker has seen last, also after a restart', () => {
    const [one, other] = [open('one'), open('other')];
    expect(other.toolDefinition('people', 'get_person')).toBeUndefined();
    one.putToolDefinitions('people', person);
    one.putToolDefinitions('people', person);
    expect(other.toolDefinition('people', 'get_person')).toBe('{"name":"get_person"}');
    expect(other.toolDefinition('orders', 'get_person')).toBeUndefined();
    other.putToolDefinitions('people', new Map([['get_person', '{}']]));
    one.close();
    other.close();
    expect(open().toolDefinition('people', 'get_person')).toBe('{}');
    expect(errors).toEqual([]);
  });

  it('are bounded, each and together', () => {
    const state = open();
    state.putToolDefinitions('people', new Map([['long', 'x'.repeat(70_000)]]));
    expect(state.toolDefinition('people', 'long')).toBeUndefined();
    for (let round = 0; round < 3; round++) {
      const many = Array.from({ length: 500 }, (_, index) => [`tool ${round} ${index}`, '{}'] as const);
      state.putToolDefinitions('people', new Map(many));
    }
    const db = new DatabaseSync(file);
    expect(db.prepare('SELECT count(*) AS n FROM tool_definition').get()).toEqual({ n: 1_000 });
    db.close();
  });

  it('have their place in a file of the version before, and what is in it stays', () => {
    open().block('agent:x', 'root');
    states[0]?.close();
    const db = new DatabaseSync(file);
    db.exec('DROP TABLE tool_definition; PRAGMA user_version = 1');
    db.close();
    const state = open();
    state.putToolDefinitions('people', person);
    expect(state.toolDefinition('people', 'get_person')).toBe('{"name":"get_person"}');
    expect(state.isBlocked({ subject: 'agent:x', onBehalfOf: undefined })).toBe(true);
  });
});

describe('the file', () => {
  it('is readable by its owner alone, with all that belongs to it, even where it was not', () => {
    const modes = (): string[] => {
      const inside = join(directory, 'state');
      return readdirSync(inside).map((name) => (statSync(join(inside, name)).mode & 0o777).toString(8));
    };
    const state = open();
    state.block('agent:x', 'root');
    expect(modes()).toEqual(['600', '600', '600']);
    state.close();
    chmodSync(file, 0o644);
    open();
    expect(new Set(modes())).toEqual(new Set(['600']));
    expect((statSync(join(directory, 'state')).mode & 0o777).toString(8)).toBe('700');
  });
});
