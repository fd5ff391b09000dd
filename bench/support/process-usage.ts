/** Memory and processor time of processes, from /proc. */
import { readFileSync } from 'node:fs';

/** USER_HZ is 100 on every Linux that runs here. */
const MICROSECONDS_A_TICK = 10_000;

/** Resident memory in bytes, all of the processes together. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return sum + Number(kb ?? 0) * 1_024;
  }, 0);
}

/** Processor time used so far, user and system, in microseconds. */
export function processorUs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    // The command's name may hold spaces and parentheses; the fields begin behind the last one.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_A_TICK;
  }, 0);
}
