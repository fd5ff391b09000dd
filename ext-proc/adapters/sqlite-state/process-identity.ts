/**
 * Which process a row belongs to, and whether that process still runs. A pid alone is used again, so the kernel's
 * start time goes with it (proc(5), /proc/pid/stat field 22), and the boot and the pid namespace in which both mean
 * something. Of a process in another namespace (a container sharing the file) only a heartbeat can tell.
 */
import { readFileSync, readlinkSync } from 'node:fs';

/** A process of another pid namespace that was silent for this long is dead. */
const HEARTBEAT_MAX_AGE_MS = 20_000;

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process. */
  readonly startedTicks: string;
  readonly bootId: string;
  readonly pidNamespace: string;
}

export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    startedTicks: startedTicks(process.pid) ?? '',
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
  };
}

/** Whether `other`, last heard of at `heartbeatMs`, still runs, as `own` can see it at `nowMs`. A frozen one does. */
export function stillRuns(
  other: ProcessIdentity,
  own: ProcessIdentity,
  heartbeatMs: number,
  nowMs: number,
): boolean {
  if (other.bootId !== own.bootId) return false;
  if (other.pidNamespace !== own.pidNamespace) return nowMs - heartbeatMs < HEARTBEAT_MAX_AGE_MS;
  return startedTicks(other.pid) === other.startedTicks;
}

/** Undefined where no such process runs; a zombie no longer does. */
function startedTicks(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the name in parentheses, which may hold anything; fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}
