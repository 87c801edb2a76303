import { Random } from '../../crowd/random.ts';
import { type FaultKind, targetsOf } from './kinds.ts';

/** One fault of a schedule. */
export interface Fault {
  kind: FaultKind;
  target: string;
  /** When it begins, in milliseconds after the crowd began to arrive. */
  atMs: number;
  /** How long it lasts; 0 for those that are over at once. */
  durationMs: number;
  /** How much: milliseconds of delay, or by which a clock jumps; messages of a backlog. 0 for the others. */
  size: number;
}

export interface ScheduleOptions {
  seed: number;
  lengthMs: number;
  kinds: readonly FaultKind[];
  replicas: number;
}

/** Before the first fault, so that it is known how the system answers when it is well. */
const CALM_MS = 6_000;
/** After the last one, so that its recovery is seen by a crowd. */
const RECOVERY_MS = 10_000;
/** Mean time between two faults. They last longer than that, so several overlap. */
const BETWEEN_MS = 5_000;
/** A process that was hit is left alone for as long: it is starting. */
const START_MS = 5_000;

/** Shortest and longest, in milliseconds. A session lasts 10 s, a lease 3 s. */
const DURATIONS: Record<FaultKind, [number, number]> = {
  kill: [0, 6_000],
  freeze: [2_000, 18_000],
  restart: [0, 6_000],
  flush: [0, 0],
  cut: [500, 15_000],
  reset: [500, 6_000],
  delay: [3_000, 15_000],
  silence: [2_000, 20_000],
  backlog: [0, 0],
  clock: [3_000, 20_000],
};

const SIZES: Partial<Record<FaultKind, [number, number]>> = {
  delay: [20, 400],
  backlog: [1_000, 4_000],
  clock: [500, 150_000],
};

/**
 * A schedule drawn from a seed, in the order of its times: every kind about equally often, each kind's targets in turn.
 * Of a run that is long enough (60 s for all kinds) each kind has at least one fault. Two faults that begin or end a
 * process never meet on the same one.
 */
export function drawSchedule({ seed, lengthMs, kinds, replicas }: ScheduleOptions): Fault[] {
  const random = new Random(seed);
  const windowMs = Math.max(1_000, lengthMs - CALM_MS - RECOVERY_MS);
  const count = Math.max(kinds.length, Math.floor(windowMs / BETWEEN_MS));
  const slotMs = windowMs / count;
  const turns = new Map(kinds.map((kind) => [kind, new Turns(targetsOf(kind, replicas), random)]));
  const kindTurns = new Turns(kinds, random);
  const busyUntil = new Map<string, number>();

  return Array.from({ length: count }, (_, index) => {
    const kind = kindTurns.next();
    const atMs = CALM_MS + (index + random.next()) * slotMs;
    const wanted = between(random, DURATIONS[kind]);
    const durationMs = Math.round(Math.min(wanted, CALM_MS + windowMs - atMs));
    const endMs = atMs + durationMs + START_MS;
    const isFree = (target: string) => !touchesProcess(kind) || (busyUntil.get(target) ?? 0) <= atMs;
    const target = (turns.get(kind) as Turns<string>).next(isFree);
    if (touchesProcess(kind)) busyUntil.set(target, Math.max(endMs, busyUntil.get(target) ?? 0));
    return { kind, target, atMs: Math.round(atMs), durationMs, size: drawSize(random, kind) };
  });
}

const touchesProcess = (kind: FaultKind): boolean => kind === 'kill' || kind === 'freeze' || kind === 'restart';

const between = (random: Random, [least, most]: [number, number]): number => least + random.next() * (most - least);

function drawSize(random: Random, kind: FaultKind): number {
  const range = SIZES[kind];
  if (range === undefined) return 0;
  const size = Math.round(between(random, range));
  return kind === 'clock' && random.chance(0.5) ? -size : size;
}

/** Gives each item once in a random order, then all of them again in another. */
class Turns<T> {
  readonly #items: readonly T[];
  readonly #random: Random;
  #left: T[] = [];

  constructor(items: readonly T[], random: Random) {
    this.#items = items;
    this.#random = random;
  }

  /** The next one that is wanted, if need be out of the next round; the next one at all if none is. */
  next(isWanted: (item: T) => boolean = () => true): T {
    if (!this.#left.some(isWanted)) this.#left.push(...shuffled(this.#items, this.#random));
    const index = Math.max(0, this.#left.findIndex(isWanted));
    return this.#left.splice(index, 1)[0] as T;
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = Math.floor(random.next() * (index + 1));
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}
