import type { OutboundMessage } from '@stagedoor/contracts';
import type { UnitOfWork } from '@stagedoor/platform';
import type { AuditEntry, ScheduleSource, SeatClaim, Tx } from '../../src/application/ports.ts';
import type { ClaimedSeats, SeatMapQueries, StoredStep } from '../../src/application/queries.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import type { Schedule } from '../../src/domain/schedule.ts';
import type { SeatMap } from '../../src/domain/seat-map.ts';
import { memoryTx } from './memory-tx.ts';

export interface StoredSchedule extends Schedule {
  cancellingSince: Date | null;
}

/** All rows. */
export interface Tables {
  concerts: Map<number, { sample: string | null }>;
  schedules: Map<number, StoredSchedule>;
  reservations: Map<string, Reservation>;
  claims: Map<string, SeatClaim>;
  seatMaps: Map<number, SeatMap>;
  steps: Map<number, StoredStep[]>;
  audit: AuditEntry[];
  outbox: OutboundMessage[][];
}

const emptyTables = (): Tables => ({
  concerts: new Map(),
  schedules: new Map(),
  reservations: new Map(),
  claims: new Map(),
  seatMaps: new Map(),
  steps: new Map(),
  audit: [],
  outbox: [],
});

/** Rows are immutable, so a copy of the containers is a copy of the database. */
const copyOf = (tables: Tables): Tables => ({
  concerts: new Map(tables.concerts),
  schedules: new Map(tables.schedules),
  reservations: new Map(tables.reservations),
  claims: new Map(tables.claims),
  seatMaps: new Map(tables.seatMaps),
  steps: new Map(Array.from(tables.steps, ([id, steps]) => [id, [...steps]])),
  audit: [...tables.audit],
  outbox: [...tables.outbox],
});

/**
 * The service's database in memory, held to the same contract suite as MySQL: one transaction after the other, each on a
 * copy that takes the place of the tables when it commits.
 */
export class MemoryDatabase implements UnitOfWork<Tx>, ScheduleSource, SeatMapQueries {
  tables: Tables = emptyTables();
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const run = this.#last.then(() => this.#transaction(work));
    this.#last = run.catch(() => {});
    return run;
  }

  async #transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const tables = copyOf(this.tables);
    const callbacks: (() => void)[] = [];
    const result = await work(memoryTx(tables, callbacks));
    this.tables = tables;
    for (const callback of callbacks) callback();
    return result;
  }

  async read(ids: readonly number[]): Promise<Schedule[]> {
    return ids.flatMap((id) => this.#schedule(id) ?? []);
  }

  #schedule(id: number): Schedule | undefined {
    const schedule = this.tables.schedules.get(id);
    const termsRevision = this.tables.seatMaps.get(id)?.termsRevision;
    return schedule && termsRevision !== undefined ? { ...schedule, termsRevision } : undefined;
  }

  async version(scheduleId: number): Promise<number | null> {
    return this.tables.seatMaps.get(scheduleId)?.version ?? null;
  }

  async claimed(scheduleId: number): Promise<ClaimedSeats | null> {
    const map = this.tables.seatMaps.get(scheduleId);
    if (map === undefined) return null;
    const taken = [...this.tables.claims.values()]
      .filter((claim) => claim.scheduleId === scheduleId)
      .map(({ seatNumber }) => seatNumber)
      .sort((a, b) => a - b);
    return { version: map.version, seatsTotal: map.seatsTotal, taken };
  }

  async stepsAfter(scheduleId: number, version: number, limit: number): Promise<StoredStep[]> {
    return (this.tables.steps.get(scheduleId) ?? []).filter((step) => step.version > version).slice(0, limit);
  }
}
