/** Wires the shared state for a command that looks at live sessions or ends them. */
import { userInfo } from 'node:os';
import { join } from 'node:path';

import { openSqliteState, type SqliteState } from './adapters/sqlite-state.ts';
import { createSystemClock } from './adapters/system-clock.ts';
import type { GatehouseConfig } from './config/config.ts';
import type { Log } from './domain/log.ts';

/** As much of the shared state as a command uses. */
export type Control = Pick<
  SqliteState,
  'listSessions' | 'kill' | 'block' | 'unblock' | 'listBlocks' | 'close'
>;

/** Throws GH_STATE_FILE or GH_STATE_VERSION. Close it when done. */
export function openControl(config: GatehouseConfig, log: Log): Control {
  return openSqliteState({
    file: join(config.service.stateDirectory, 'state.db'),
    worker: 'cli',
    clock: createSystemClock(),
    log,
  });
}

/** Who gives a command, as the records name them. */
export function operator(): string {
  try {
    return `operator:${userInfo().username}`;
  } catch {
    // An account without an entry in the user database, as containers have them.
    return `operator:uid-${process.getuid?.()}`;
  }
}
