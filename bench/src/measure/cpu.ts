import { readdirSync, readFileSync } from 'node:fs';

/** CPU time in microseconds by the name of what used it. */
export type CpuTimes = Record<string, number>;

// USER_HZ is 100 on every Linux that Node runs on; /proc counts in these ticks.
const MICROS_PER_TICK = 10_000;

interface ProcessTimes {
  group: number;
  micros: number;
}

/** User and system time of a process with all its threads (proc_pid_stat(5), fields 5, 14 and 15); null if it is gone. */
function timesOf(pid: number | string): ProcessTimes | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The name, in parentheses, may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { group: Number(fields[2]), micros: (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK };
}

/**
 * The CPU time so far of each named process, with what it has started itself (nginx's workers): each of the stack's
 * processes leads a process group.
 */
export function cpuTimes(processes: readonly { name: string; pid: number | undefined }[]): CpuTimes {
  const byGroup = new Map<number, number>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d/.test(pid)) continue;
    const times = timesOf(pid);
    if (times !== null) byGroup.set(times.group, (byGroup.get(times.group) ?? 0) + times.micros);
  }
  return Object.fromEntries(processes.map(({ name, pid }) => [name, byGroup.get(pid ?? -1) ?? 0]));
}

/** The CPU time of one process alone, in microseconds. */
export const ownCpuTime = (pid: number): number => timesOf(pid)?.micros ?? 0;

/** What was used between two looks, per operation. */
export function microsPerOp(before: CpuTimes, after: CpuTimes, operations: number): CpuTimes {
  return Object.fromEntries(
    Object.entries(after).map(([name, micros]) => [
      name,
      operations === 0 ? 0 : (micros - (before[name] ?? 0)) / operations,
    ]),
  );
}

/** Resident memory of a process in bytes; 0 if it is gone. */
export function residentBytes(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
