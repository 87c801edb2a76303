import type { Clock } from '@stagedoor/platform';
import { type SeatRange, seatsIn, toRanges } from '../domain/seat-ranges.ts';
import type { SeatMapQueries, StoredStep } from './queries.ts';

/** A seat map at one version; the same object for as long as nothing changes. */
export interface SeatMapSnapshot {
  readonly scheduleId: number;
  readonly version: number;
  readonly seatsTotal: number;
  readonly taken: readonly SeatRange[];
}

/** What changed between two versions. */
export interface SeatMapDelta {
  readonly version: number;
  readonly taken: readonly SeatRange[];
  readonly freed: readonly SeatRange[];
}

export interface SeatMapViewOptions {
  queries: SeatMapQueries;
  clock: Clock;
  /** How old a map may be that another replica has changed. What this process changed is seen at once. */
  maxAgeMs: number;
}

interface Entry {
  snapshot: SeatMapSnapshot | null;
  /** 1 at each taken seat. */
  bitmap: Uint8Array;
  /** The last steps, ascending without a gap, up to the snapshot's version. */
  steps: StoredStep[];
  checkedAtMs: number;
  /** Order of events in this process: when the check began that the snapshot stems from, when a change was last told. */
  checkedTick: number;
  changedTick: number;
  checking: Promise<void> | undefined;
}

// 1 byte per seat and a few hundred per step: some 20 MB when all are full.
const MAX_MAPS = 200;
/** Steps that are kept in memory and read at once; who is further behind gets the whole map. */
export const MAX_STEPS = 1_000;

/**
 * Seat maps in memory: read once, then carried forward by what each version changed. However many ask, a schedule's
 * version is looked up once per `maxAgeMs`, one lookup at a time.
 */
export class SeatMapView {
  readonly #options: SeatMapViewOptions;
  /** In order of their last use, the longest ago first. */
  readonly #entries = new Map<number, Entry>();
  #tick = 0;

  constructor(options: SeatMapViewOptions) {
    this.#options = options;
  }

  /** Null where there is no such schedule. */
  async read(scheduleId: number): Promise<SeatMapSnapshot | null> {
    return (await this.#fresh(scheduleId)).snapshot;
  }

  /** What changed since a version, or the whole map where that version is not known any more (or not yet). */
  async readSince(scheduleId: number, since: number): Promise<SeatMapSnapshot | SeatMapDelta | null> {
    const { snapshot, steps } = await this.#fresh(scheduleId);
    if (snapshot === null || since > snapshot.version) return snapshot;
    const missed = steps.filter(({ version }) => version > since);
    if (missed.length !== snapshot.version - since) return snapshot;
    return { version: snapshot.version, ...merge(missed) };
  }

  /** To be called when a transaction of this process has changed the schedule's claims. */
  changed(scheduleId: number): void {
    const entry = this.#entries.get(scheduleId);
    if (entry !== undefined) entry.changedTick = ++this.#tick;
  }

  async #fresh(scheduleId: number): Promise<Entry> {
    const entry = this.#entries.get(scheduleId) ?? newEntry();
    this.#entries.delete(scheduleId);
    this.#entries.set(scheduleId, entry);
    this.#bound();
    const isOld = this.#options.clock.now().getTime() - entry.checkedAtMs >= this.#options.maxAgeMs;
    const needed = isOld ? Math.max(entry.changedTick, entry.checkedTick) : entry.changedTick;
    // A check that was under way when the change came may not have seen it: then the next one has.
    while (entry.checkedTick <= needed) await this.#check(scheduleId, entry);
    // What does not exist is not kept, or anyone could push the real maps out.
    if (entry.snapshot === null) this.#entries.delete(scheduleId);
    return entry;
  }

  #check(scheduleId: number, entry: Entry): Promise<void> {
    entry.checking ??= this.#bringUp(scheduleId, entry).finally(() => {
      entry.checking = undefined;
    });
    return entry.checking;
  }

  async #bringUp(scheduleId: number, entry: Entry): Promise<void> {
    const { queries, clock } = this.#options;
    const tick = ++this.#tick;
    const at = clock.now().getTime();
    const version = await queries.version(scheduleId);
    if (version === null) entry.snapshot = null;
    else if (entry.snapshot === null) await this.#readAll(scheduleId, entry);
    else if (version !== entry.snapshot.version) await this.#carryForward(scheduleId, entry, entry.snapshot);
    entry.checkedTick = tick;
    entry.checkedAtMs = at;
  }

  async #readAll(scheduleId: number, entry: Entry): Promise<void> {
    const claimed = await this.#options.queries.claimed(scheduleId);
    entry.steps = [];
    entry.snapshot = null;
    if (claimed === null) return;
    entry.bitmap = new Uint8Array(claimed.seatsTotal + 1);
    for (const seat of claimed.taken) entry.bitmap[seat] = 1;
    const { version, seatsTotal, taken } = claimed;
    entry.snapshot = { scheduleId, version, seatsTotal, taken: toRanges(taken) };
  }

  async #carryForward(scheduleId: number, entry: Entry, from: SeatMapSnapshot): Promise<void> {
    const steps = await this.#options.queries.stepsAfter(scheduleId, from.version, MAX_STEPS);
    const last = steps.at(-1);
    // A gap (pruned, or more than one read takes), or a version from before a restored backup: start over.
    const isWhole = last !== undefined && steps[0]?.version === from.version + 1 && steps.length < MAX_STEPS;
    if (!isWhole) return this.#readAll(scheduleId, entry);
    for (const step of steps) {
      for (const seat of seatsIn(step.taken)) entry.bitmap[seat] = 1;
      for (const seat of seatsIn(step.freed)) entry.bitmap[seat] = 0;
    }
    entry.steps = [...entry.steps, ...steps].slice(-MAX_STEPS);
    entry.snapshot = { ...from, version: last.version, taken: toRanges(takenIn(entry.bitmap)) };
  }

  #bound(): void {
    for (const [id] of this.#entries) {
      if (this.#entries.size <= MAX_MAPS) return;
      this.#entries.delete(id);
    }
  }
}

const newEntry = (): Entry => ({
  snapshot: null,
  bitmap: new Uint8Array(),
  steps: [],
  checkedAtMs: Number.NEGATIVE_INFINITY,
  checkedTick: 0,
  changedTick: 0,
  checking: undefined,
});

function* takenIn(bitmap: Uint8Array): Generator<number> {
  for (let seat = 1; seat < bitmap.length; seat++) if (bitmap[seat] === 1) yield seat;
}

/** Several steps as one: of a seat that changed more than once, only the last counts. */
function merge(steps: readonly StoredStep[]): { taken: SeatRange[]; freed: SeatRange[] } {
  const state = new Map<number, boolean>();
  for (const { taken, freed } of steps) {
    for (const seat of seatsIn(taken)) state.set(seat, true);
    for (const seat of seatsIn(freed)) state.set(seat, false);
  }
  const seats = (wanted: boolean) =>
    toRanges(
      [...state]
        .filter(([, taken]) => taken === wanted)
        .map(([seat]) => seat)
        .sort((a, b) => a - b),
    );
  return { taken: seats(true), freed: seats(false) };
}
