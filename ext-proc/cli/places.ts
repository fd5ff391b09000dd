/**
 * Which gate a command is about. Without `--config` that is what was started from this checkout: the development
 * stack if it runs, else a gate of one's own if exactly one does.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { GatehouseConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { GatehouseError } from '../domain/errors.ts';
import { devConfigFile } from '../embedded/dev-places.ts';
import { liveRun, readRun, type Run } from '../supervisor/run-file.ts';
import { callerPath, homeDirectory } from './paths.ts';

const notesDirectory = (): string => join(homeDirectory(), 'runs');

/** Remembers a state directory elsewhere, so that `stop` and `status` find it. */
export async function noteRun(stateDirectory: string): Promise<void> {
  if (stateDirectory === homeDirectory()) return;
  await mkdir(notesDirectory(), { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16);
  await writeFile(join(notesDirectory(), name), stateDirectory, { mode: 0o600 });
}

/** The state directories that a gate was started in from here; those where nothing is left are forgotten. */
export async function knownStateDirectories(): Promise<readonly string[]> {
  const names = await readdir(notesDirectory()).catch(() => []);
  const others: string[] = [];
  for (const name of names) {
    const stateDirectory = await readFile(join(notesDirectory(), name), 'utf8');
    if ((await readRun(stateDirectory)) === undefined)
      await rm(join(notesDirectory(), name), { force: true });
    else others.push(stateDirectory);
  }
  return [homeDirectory(), ...others];
}

export interface Place {
  readonly stateDirectory: string;
  readonly configFile: string;
  /** Undefined where nothing runs there. */
  readonly run: Run | undefined;
}

/** The place a command is about. Throws `GH_WHICH_GATE` where several gates run and none was named. */
export async function findPlace(configOption: string | undefined): Promise<Place> {
  if (configOption !== undefined) {
    const config = await loadConfig(callerPath(configOption));
    const { stateDirectory } = config.service;
    return { stateDirectory, configFile: config.file, run: await liveRun(stateDirectory) };
  }
  const live: Place[] = [];
  for (const stateDirectory of await knownStateDirectories()) {
    const run = await liveRun(stateDirectory);
    if (run !== undefined) live.push({ stateDirectory, configFile: run.configFile, run });
  }
  const home = homeDirectory();
  const [first, second] = live;
  if (first !== undefined && (first.stateDirectory === home || second === undefined)) return first;
  if (second !== undefined) {
    throw new GatehouseError('GH_WHICH_GATE', 'Several gates run here. Say which: --config FILE');
  }
  return { stateDirectory: home, configFile: devConfigFile(home), run: undefined };
}

/** A place whose gate runs. Throws `GH_NOT_RUNNING`. */
export async function findRunning(configOption: string | undefined): Promise<Place & { readonly run: Run }> {
  const place = await findPlace(configOption);
  const { run } = place;
  if (run === undefined || !run.ready) {
    const text =
      run === undefined ? 'Gatehouse is not running. Start it: npm start' : 'Gatehouse is still starting.';
    throw new GatehouseError('GH_NOT_RUNNING', text);
  }
  return { ...place, run };
}

/** The configuration of a place. Throws `GH_NOT_RUNNING` where the development stack never ran, and so has none. */
export async function placeConfig(place: Place): Promise<GatehouseConfig> {
  const neverRan = await access(place.configFile).then(
    () => false,
    () => place.configFile === devConfigFile(homeDirectory()),
  );
  if (neverRan) throw new GatehouseError('GH_NOT_RUNNING', 'Gatehouse is not running. Start it: npm start');
  return loadConfig(place.configFile);
}
