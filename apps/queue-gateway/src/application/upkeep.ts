import type { Clock } from '@stagedoor/platform';
import type { Pruning, QueueReads } from './ports.ts';
import type { QueueMetrics } from './queue-metrics.ts';
import { reconcile } from './reconciliation.ts';
import { type KnownRoom, lineSettings, type RoomDirectory } from './room-directory.ts';
import type { WaitingLine } from './waiting-line.ts';

// Deleted in one statement.
const PRUNED_AT_ONCE = 1_000;
// An admission outlives the end of sales; a day later nobody is inside.
const FORGOTTEN_AFTER_MS = 24 * 60 * 60 * 1000;

/** Keeps what is in memory and in the line in step with the database, and the database small. */
export class Upkeep {
  readonly #line: WaitingLine;
  readonly #reads: QueueReads & Pruning;
  readonly #directory: RoomDirectory;
  readonly #metrics: Pick<QueueMetrics, 'room' | 'liveRooms'>;
  readonly #clock: Clock;
  readonly #retentionMs: number;

  constructor(parts: {
    line: WaitingLine;
    reads: QueueReads & Pruning;
    directory: RoomDirectory;
    metrics: Pick<QueueMetrics, 'room' | 'liveRooms'>;
    clock: Clock;
    retentionMs: number;
  }) {
    this.#line = parts.line;
    this.#reads = parts.reads;
    this.#directory = parts.directory;
    this.#metrics = parts.metrics;
    this.#clock = parts.clock;
    this.#retentionMs = parts.retentionMs;
  }

  /** Rooms' settings from the database, and how far they have come from the line; each also while the other is away. */
  async refresh(): Promise<void> {
    const parts = await Promise.allSettled([this.#refreshSettings(), this.#refreshServing()]);
    const failed = parts.find((part) => part.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Slots, room by room. */
  async reconcile(): Promise<void> {
    for (const room of this.#live()) await reconcile(room.settings.scheduleId, this.#line, this.#reads);
  }

  /** What no event and no ticket can ask for any more. */
  async prune(): Promise<void> {
    const nowMs = this.#clock.now().getTime();
    const before = new Date(nowMs - this.#retentionMs);
    while ((await this.#reads.pruneAdmissions(before, PRUNED_AT_ONCE)) === PRUNED_AT_ONCE);
    while ((await this.#reads.pruneDepartures(before, PRUNED_AT_ONCE)) === PRUNED_AT_ONCE);
    for (const { settings } of this.#directory.all()) {
      const { scheduleId, salesEndAt, cancelled, learnedAt } = settings;
      const overSince = cancelled ? learnedAt : salesEndAt;
      if (overSince !== null && overSince.getTime() < nowMs - FORGOTTEN_AFTER_MS) await this.#line.forget(scheduleId);
    }
  }

  async #refreshSettings(): Promise<void> {
    const changed = await this.#directory.refresh();
    await Promise.all(changed.map((room) => this.#line.configure(room.scheduleId, lineSettings(room))));
  }

  async #refreshServing(): Promise<void> {
    const live = this.#live();
    this.#metrics.liveRooms(new Set(live.map(({ settings }) => settings.scheduleId)));
    await Promise.all(live.map((room) => this.#refreshOne(room)));
  }

  async #refreshOne(room: KnownRoom): Promise<void> {
    const { scheduleId } = room.settings;
    const counts = await this.#line.counts(scheduleId);
    if (counts === null) return;
    this.#directory.noteServing(scheduleId, counts.serving);
    room.speed.observe(this.#clock.now().getTime(), counts.serving, counts.waiting);
    this.#metrics.room(scheduleId, counts);
  }

  #live(): KnownRoom[] {
    return [...this.#directory.all()].filter((room) => room.isUsed && this.#directory.phase(room) !== 'closed');
  }
}
