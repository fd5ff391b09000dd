import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatehouseError } from '../../domain/errors.ts';
import { revealSecret } from '../../domain/secret.ts';
import { commandOutput } from './command-output.ts';
import { createCredentialSource, type CredentialSettings } from './credential-source.ts';
import { readSecretSource, SECRET_BYTES_MAX, type SecretSource } from './secret-source.ts';

let directory: string;
let nowMs: number;
let lines: string[];
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
const line = (fields: object, message: string): void => void lines.push(message + JSON.stringify(fields));
const log = { debug: line, info: line, warn: line, error: line };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-credentials-'));
  nowMs = 1_000_000;
  lines = [];
});
afterEach(() => rm(directory, { recursive: true }));

const path = (name: string): string => join(directory, name);
const open = (...credentials: CredentialSettings[]) =>
  createCredentialSource({ upstreams: [{ name: 'orders', credentials }], clock, log });
async function passwordOf(source: ReturnType<typeof open>, groups: readonly string[] = ['developers']) {
  const credential = await source.credentialFor('orders', groups);
  return credential?.password === undefined ? undefined : revealSecret(credential.password);
}
/** A command that counts its runs and prints what `body` does. */
const command = (body: string): readonly string[] => [
  process.execPath,
  '-e',
  `require('fs').appendFileSync(${JSON.stringify(path('runs'))}, 'x'); ${body}`,
];
const runs = async (): Promise<number> => (await readFile(path('runs'), 'utf8').catch(() => '')).length;
async function failure(promise: Promise<unknown>): Promise<GatehouseError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatehouseError)) throw new Error(`expected a GatehouseError, got ${String(error)}`);
  return error;
}

describe('the credential of a principal', () => {
  const source = () =>
    open(
      { groups: ['admins', 'operators'], user: 'owner' },
      { groups: ['developers'], user: 'app_developer' },
      { groups: ['*'], user: 'app_readonly' },
    );

  it('is the first whose groups it has, and the starred one fits everyone', async () => {
    const user = async (groups: readonly string[]) => (await source().credentialFor('orders', groups))?.user;
    expect(await user(['developers', 'operators'])).toBe('owner');
    expect(await user(['developers'])).toBe('app_developer');
    expect(await user([])).toBe('app_readonly');
  });

  it('is none for another upstream, or where no group fits, whatever a group is called', async () => {
    expect(await source().credentialFor('billing', ['admins'])).toBeUndefined();
    const only = open({ groups: ['developers'], user: 'app_developer' });
    for (const group of ['Developers', 'developers ', '*', 'dev']) {
      expect(await only.credentialFor('orders', [group])).toBeUndefined();
    }
  });

  it('without a password has none', async () => {
    expect(await source().credentialFor('orders', [])).toEqual({ user: 'app_readonly', password: undefined });
  });
});

describe('a password from a file', () => {
  it('loses one line break at its end, and no other byte', async () => {
    const source = open({ groups: ['*'], user: 'u', password: { file: path('password') } });
    for (const [content, expected] of [
      ['s3cret\n', 's3cret'],
      ['s3cret\r\n', 's3cret'],
      [' s3cret \n\n', ' s3cret \n'],
      ['пароль', 'пароль'],
    ] as const) {
      await writeFile(path('password'), content);
      expect(await passwordOf(source)).toBe(expected);
    }
  });

  it('is read again when it is rewritten, renamed over, or its link turned', async () => {
    await mkdir(path('one'));
    await mkdir(path('two'));
    await writeFile(path('one/password'), 'first');
    await writeFile(path('two/password'), 'secnd');
    await symlink('one', path('current'));
    const source = open({ groups: ['*'], user: 'u', password: { file: path('current/password') } });
    expect(await passwordOf(source)).toBe('first');
    await symlink('two', path('next'));
    await rename(path('next'), path('current'));
    expect(await passwordOf(source)).toBe('secnd');
    await writeFile(path('replacement'), 'third');
    await rename(path('replacement'), path('two/password'));
    expect(await passwordOf(source)).toBe('third');
    expect(lines.join()).toContain('credential file changed');
    expect(lines.join()).not.toMatch(/first|secnd|third"/);
  });

  it("that has gone is an error and not yesterday's password", async () => {
    await writeFile(path('password'), 'first');
    const source = open({ groups: ['*'], user: 'u', password: { file: path('password') } });
    expect(await passwordOf(source)).toBe('first');
    await rm(path('password'));
    const error = await failure(passwordOf(source));
    expect(error).toMatchObject({
      code: 'GH_CREDENTIAL_UNAVAILABLE',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it.each([
    ['is empty', ''],
    ['is empty', '\n'],
    ['holds a NUL', 'a\0b'],
    ['is not UTF-8', Buffer.from([0x61, 0xff, 0x62])],
    ['is longer than', Buffer.alloc(SECRET_BYTES_MAX + 1, 'a')],
  ])('that %s is an error', async (why, content) => {
    await writeFile(path('password'), content);
    expect((await failure(readSecretSource({ file: path('password') }))).message).toContain(why);
  });

  it('that is a directory, a device or a fifo is an error', async () => {
    execFileSync('mkfifo', [path('fifo')]);
    for (const file of [directory, '/dev/zero', path('fifo')]) {
      expect((await failure(readSecretSource({ file }))).code).toBe('GH_CREDENTIAL_UNAVAILABLE');
    }
  });
});

describe('a password from the environment', () => {
  it('is what the variable holds now, and an error where it is not set', async () => {
    process.env.GATEHOUSE_TEST_PASSWORD = 'from-env';
    const source: SecretSource = { env: 'GATEHOUSE_TEST_PASSWORD' };
    expect(revealSecret(await readSecretSource(source))).toBe('from-env');
    delete process.env.GATEHOUSE_TEST_PASSWORD;
    expect((await failure(readSecretSource(source))).message).toContain('GATEHOUSE_TEST_PASSWORD is not set');
  });
});

describe('a password from a command', () => {
  const printing = (cacheForMs?: number) =>
    open({
      groups: ['*'],
      user: 'u',
      password: { command: command(`console.log('printed-' + process.pid)`), cacheForMs },
    });

  it('is cached for its time, and run once for all who wait', async () => {
    const source = printing(30_000);
    const passwords = await Promise.all(Array.from({ length: 10 }, () => passwordOf(source)));
    expect(new Set(passwords).size).toBe(1);
    nowMs += 29_999;
    expect(await passwordOf(source)).toBe(passwords[0]);
    expect(await runs()).toBe(1);
    nowMs += 1;
    expect(await passwordOf(source)).not.toBe(passwords[0]);
    expect(await runs()).toBe(2);
  });

  it('is run anew after it was forgotten, at most once a second', async () => {
    const source = printing();
    await passwordOf(source);
    source.forget('orders');
    await passwordOf(source);
    expect(await runs()).toBe(1);
    nowMs += 1_000;
    await passwordOf(source);
    expect(await runs()).toBe(2);
  });

  it('that fails is not run again at once, and recovers', async () => {
    const source = open({
      groups: ['*'],
      user: 'u',
      password: {
        command: command(
          `if (require('fs').existsSync(${JSON.stringify(path('ok'))})) console.log('good'); else process.exit(3)`,
        ),
      },
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      expect((await failure(passwordOf(source))).message).toContain('ended with status 3');
    }
    expect(await runs()).toBe(1);
    await writeFile(path('ok'), '');
    nowMs += 1_000;
    expect(await passwordOf(source)).toBe('good');
  });

  it('is run without a shell', async () => {
    const output = await readSecretSource({ command: ['/bin/echo', '$(id); `id` | cat > x'] });
    expect(revealSecret(output)).toBe('$(id); `id` | cat > x');
  });

  it('that does not end is killed with what it started', async () => {
    const file = path('pid');
    const script = `sleep 60 & echo $! > ${file}; wait`;
    await expect(commandOutput(['/bin/sh', '-c', script], 1_000, 300)).rejects.toThrow(
      'did not end within 300 ms',
    );
    const pid = Number(await readFile(file, 'utf8'));
    await expect.poll(() => runsStill(pid), { timeout: 2_000 }).toBe(false);
  });

  it('whose child keeps its output open is given up all the same', async () => {
    const started = performance.now();
    const script = 'setsid sleep 3 & echo secret';
    await expect(commandOutput(['/bin/sh', '-c', script], 1_000, 300)).rejects.toThrow('did not end within');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('that prints without end is stopped', async () => {
    await expect(commandOutput(['/bin/sh', '-c', 'yes secret'], 1_000)).rejects.toThrow(
      'printed more than 1000 bytes',
    );
  });

  it('that is not there is an error which names it', async () => {
    const error = await failure(
      readSecretSource({ command: ['/nonexistent/helper', 'top-secret-argument'] }),
    );
    expect(error).toMatchObject({
      code: 'GH_CREDENTIAL_UNAVAILABLE',
      message: expect.stringContaining('/nonexistent/helper'),
    });
    expect(inspect(error, { depth: 9 })).not.toContain('top-secret-argument');
  });
});

describe('whatever goes wrong', () => {
  it('no error and no log line holds what was read, printed or passed', async () => {
    await writeFile(path('file'), 'hunter2\0hunter2');
    process.env.GATEHOUSE_TEST_PASSWORD = 'hunter2'.repeat(20_000);
    const sources: SecretSource[] = [
      { file: path('file') },
      { env: 'GATEHOUSE_TEST_PASSWORD' },
      { command: ['/bin/sh', '-c', 'echo hunter2; echo hunter2 >&2; exit 1'] },
      { command: ['/bin/sh', '-c', 'yes hunter2'] },
    ];
    for (const password of sources) {
      const error = await failure(passwordOf(open({ groups: ['*'], user: 'u', password })));
      expect(
        `${inspect(error, { depth: 9, showHidden: true })}${error.publicMessage}${lines.join()}`,
      ).not.toContain('hunter2');
    }
    delete process.env.GATEHOUSE_TEST_PASSWORD;
  });

  it('a password prints as redacted', async () => {
    await writeFile(path('password'), 'hunter2');
    const source = open({ groups: ['*'], user: 'u', password: { file: path('password') } });
    const credential = await source.credentialFor('orders', []);
    expect(
      `${inspect(credential, { depth: 9, showHidden: true })}${JSON.stringify(credential)}`,
    ).not.toContain('hunter2');
  });
});

async function runsStill(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/\) Z /.test(stat);
}
