/**
 * Which process a chain belongs to, and whether that process still runs. A process id alone is used again by others,
 * so its start time (proc_pid_stat(5), field 22, in clock ticks since boot) and the boot's id go with it.
 * Processes that share a journal must share one /proc, that is one PID namespace.
 */
import { readFileSync } from 'node:fs';

export interface ChainOwner {
  readonly pid: number;
  readonly started: string;
  readonly boot: string;
}

function startedTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name, in parentheses, may hold spaces and parentheses: fields are counted from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Field 3 is the state: a zombie or a dead process writes no more.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

/** This process, as a chain's owner. */
export function currentOwner(): ChainOwner {
  return { pid: process.pid, started: startedTicks(process.pid) ?? '', boot: bootId() };
}

/** Whether the owner still runs. */
export function ownerIsAlive(owner: ChainOwner): boolean {
  return owner.boot === bootId() && startedTicks(owner.pid) === owner.started;
}
