import { APPS, type System } from '../system/system.ts';
import { residentBytes } from './cpu.ts';

/** Resident memory of one process, in MiB. */
export interface Memory {
  start: number;
  peak: number;
  end: number;
}

/** The highest of each app, for a record: `<app> peak MiB`. */
export const peaksOf = (memory: Record<string, Memory>): Record<string, number> =>
  Object.fromEntries(APPS.flatMap((app) => (memory[app] === undefined ? [] : [[`${app} peak MiB`, memory[app].peak]])));

const EVERY_MS = 250;
const MIB = 1_048_576;

/** Looks at every process of a system until it is told to stop. */
export class MemoryWatch {
  readonly #seen = new Map<string, Memory>();
  readonly #system: System;
  readonly #timer: NodeJS.Timeout;

  constructor(system: System) {
    this.#system = system;
    this.#look();
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  stop(): Record<string, Memory> {
    clearInterval(this.#timer);
    this.#look();
    return Object.fromEntries(this.#seen);
  }

  #look(): void {
    for (const { name, pid } of this.#system.stack.processes()) {
      const now = residentBytes(pid) / MIB;
      const seen = this.#seen.get(name) ?? { start: now, peak: now, end: now };
      this.#seen.set(name, { start: seen.start, peak: Math.max(seen.peak, now), end: now });
    }
  }
}
