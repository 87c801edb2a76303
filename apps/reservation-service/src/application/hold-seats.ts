import { type Clock, GroupCommit, type IdGenerator, TransientError, type UnitOfWork } from '@stagedoor/platform';
import { expireHold, hasLapsed } from '../domain/hold.ts';
import {
  type AskedHold,
  fanKey,
  type HeldBefore,
  type HoldRefusal,
  type HoldScene,
  type HoldTerms,
  type PlannedHold,
  planHolds,
  refusedBySchedule,
  seatKey,
} from '../domain/hold-plan.ts';
import { type Applied, type Rejected, rejected } from '../domain/reservation.ts';
import type { Schedule } from '../domain/schedule.ts';
import type { SeatMap } from '../domain/seat-map.ts';
import { untilKnown } from './attempts.ts';
import { Changes } from './changes.ts';
import { type Observer, ReservationCollision, type SeatLocks, type Tx } from './ports.ts';
import type { ScheduleTermsCache } from './schedule-terms.ts';

export type HoldVerdict = Applied | HeldBefore | Rejected<HoldRefusal>;

/** Bounds of a group commit: commands in one transaction, and commands that may wait. */
export interface BatchLimits {
  maxBatch: number;
  maxQueued: number;
  /** Told the size of each batch. */
  onBatch?(size: number): void;
}

export interface HoldSeatsOptions {
  unitOfWork: UnitOfWork<Tx>;
  schedules: ScheduleTermsCache;
  locks: SeatLocks;
  clock: Clock;
  ids: IdGenerator;
  observer: Observer;
  terms: HoldTerms;
  limits: BatchLimits;
}

/** The terms of sale changed between the decision and the commit: decide again. */
class TermsChanged extends Error {
  override readonly name = 'TermsChanged';
}

// Each collision means that another transaction has committed, so a few decide any race; more would be a fault of ours.
const MAX_DECISIONS = 8;

/** Holds seats (design §4.1): many fans' holds in one transaction, one winner per seat. */
export class HoldSeats {
  readonly #options: HoldSeatsOptions;
  readonly #commit: GroupCommit<AskedHold, HoldVerdict>;

  constructor(options: HoldSeatsOptions) {
    this.#options = options;
    this.#commit = new GroupCommit({
      name: 'holds',
      ...options.limits,
      subjectOf: ({ id }) => id,
      execute: (commands) => untilKnown(options.clock, () => this.#decide(commands)),
    });
  }

  /** @throws OverloadedError when too many wait */
  async hold(command: Omit<AskedHold, 'id'>): Promise<HoldVerdict> {
    const { clock, ids, locks, schedules } = this.#options;
    const asked = { ...command, id: ids.next() };
    // Before the opening, everybody tries: that must not cost a transaction. A repeated request is answered from its row.
    if (asked.holdKey === null) {
      const schedule = await schedules.get(asked.scheduleId);
      const refusal = refusedBySchedule(schedule, asked.seatNumber, clock.now());
      if (refusal !== null) return this.#counted(rejected(refusal));
    }
    const lock = await locks.tryLock(asked);
    // With a key, the other contender may be the same request, sent again: the row tells.
    if (lock === null && asked.holdKey === null) return this.#counted(rejected('SEAT_TAKEN'));
    try {
      return this.#counted(await this.#commit.submit(asked));
    } finally {
      void lock?.release();
    }
  }

  /** Resolves once nothing waits and nothing runs. */
  drain(): Promise<void> {
    return this.#commit.drain();
  }

  #counted(verdict: HoldVerdict): HoldVerdict {
    const { observer } = this.#options;
    if (verdict.kind === 'rejected') observer.rejected('hold', verdict.reason);
    if (verdict.kind === 'held-before') observer.alreadyApplied('hold', 1);
    return verdict;
  }

  async #decide(commands: AskedHold[]): Promise<HoldVerdict[]> {
    const { schedules, unitOfWork } = this.#options;
    for (let decision = 1; decision <= MAX_DECISIONS; decision++) {
      const terms = await schedules.getAll(commands.map(({ scheduleId }) => scheduleId));
      try {
        return await unitOfWork.run((tx) => this.#holdAll(commands, terms, tx));
      } catch (error) {
        if (error instanceof TermsChanged) for (const id of terms.keys()) schedules.forget(id);
        else if (!(error instanceof ReservationCollision)) throw error;
      }
    }
    throw new TransientError(`${commands.length} holds collided with others ${MAX_DECISIONS} times`);
  }

  async #holdAll(commands: AskedHold[], schedules: ReadonlyMap<number, Schedule>, tx: Tx): Promise<HoldVerdict[]> {
    const { clock, terms } = this.#options;
    const claims = await tx.claims.find(commands);
    const live = await tx.reservations.findLive(fansOf(commands));
    const keyed = commands.flatMap(({ userId, holdKey }) => (holdKey === null ? [] : [{ userId, holdKey }]));
    const heldWithKey = keyed.length === 0 ? [] : await tx.reservations.findByHoldKeys(keyed);

    const now = clock.now();
    const changes = new Changes(this.#options, now);
    const lapsed = new Set([
      ...claims.flatMap(({ reservationId, status, holdExpiresAt }) =>
        reservationId !== null && status !== null && holdExpiresAt !== null && hasLapsed({ status, holdExpiresAt }, now)
          ? [reservationId]
          : [],
      ),
      ...live.filter((reservation) => hasLapsed(reservation, now)).map(({ id }) => id),
    ]);
    const ended = await expireLapsed(lapsed, changes, tx);

    const ownIds = new Set(commands.map(({ id }) => id));
    const mine = claims.flatMap(({ reservationId }) =>
      reservationId !== null && ownIds.has(reservationId) ? [reservationId] : [],
    );
    const scene: HoldScene = {
      schedules,
      heldWithKey,
      own: mine.length === 0 ? [] : await tx.reservations.find(mine),
      claimed: new Set(claims.filter(({ reservationId }) => !ended.has(reservationId ?? '')).map(seatKey)),
      slots: slotsOf(live.filter(({ id }) => !ended.has(id))),
    };
    const planned = planHolds(commands, scene, terms, now);

    await changes.saveReservations(tx);
    const verdicts = await this.#claim(commands, planned, changes, tx);
    await changes.finish(tx, (maps) => assertTerms(maps, schedules));
    return verdicts;
  }

  /** Takes the claims of what is planned: whoever stands in the row afterwards has the seat. */
  async #claim(commands: AskedHold[], planned: PlannedHold[], changes: Changes, tx: Tx): Promise<HoldVerdict[]> {
    const wanted = planned.flatMap((plan) => (plan.kind === 'applied' ? [plan.reservation] : []));
    if (wanted.length === 0) return planned;
    const owners = await tx.claims.take(
      wanted.map(({ id, scheduleId, seatNumber }) => ({ scheduleId, seatNumber, reservationId: id })),
    );
    const won = new Set(owners.map(({ reservationId }) => reservationId));
    const verdicts = planned.map((plan) =>
      plan.kind === 'applied' && !won.has(plan.reservation.id) ? rejected('SEAT_TAKEN' as const) : plan,
    );
    // A place that was kept for a seat now lost may be what another hold of the same fan was refused for.
    if (lostForOthers(commands, planned, verdicts)) throw new ReservationCollision('a place became free');
    const holds = verdicts.filter((verdict) => verdict.kind === 'applied');
    if (holds.length > 0) await tx.reservations.insert(holds.map(({ reservation }) => reservation));
    for (const hold of holds) changes.applyHold(hold);
    return verdicts;
  }
}

/** Expires holds whose time is over, as far as they are still held once they are locked. Answers the ids that ended. */
async function expireLapsed(lapsed: ReadonlySet<string>, changes: Changes, tx: Tx): Promise<Set<string>> {
  const ended = new Set<string>();
  if (lapsed.size === 0) return ended;
  for (const reservation of await tx.reservations.lock([...lapsed])) {
    const verdict = expireHold(reservation, changes.now);
    if (verdict.kind === 'applied') changes.apply(reservation, verdict);
    if (verdict.kind !== 'rejected') ended.add(reservation.id);
  }
  return ended;
}

function fansOf(commands: readonly AskedHold[]): { userId: string; scheduleId: number }[] {
  return [
    ...new Map(
      commands.map(({ userId, scheduleId }) => [fanKey({ userId, scheduleId }), { userId, scheduleId }]),
    ).values(),
  ];
}

function slotsOf(
  live: readonly { userId: string; scheduleId: number; liveSlot: number }[],
): Map<string, ReadonlySet<number>> {
  const slots = new Map<string, Set<number>>();
  for (const reservation of live) {
    const key = fanKey(reservation);
    slots.set(key, (slots.get(key) ?? new Set()).add(reservation.liveSlot));
  }
  return slots;
}

function lostForOthers(
  commands: readonly AskedHold[],
  planned: readonly PlannedHold[],
  verdicts: readonly HoldVerdict[],
): boolean {
  const losers = new Set(commands.filter((_, index) => planned[index] !== verdicts[index]).map(fanKey));
  if (losers.size === 0) return false;
  return commands.some((command, index) => {
    const verdict = verdicts[index];
    return verdict?.kind === 'rejected' && verdict.reason === 'HOLD_LIMIT_REACHED' && losers.has(fanKey(command));
  });
}

function assertTerms(maps: readonly SeatMap[], schedules: ReadonlyMap<number, Schedule>): void {
  for (const { scheduleId, termsRevision } of maps) {
    const schedule = schedules.get(scheduleId);
    // A schedule of which only a lapsed hold is ended here was not decided on.
    if (schedule !== undefined && schedule.termsRevision !== termsRevision) throw new TermsChanged();
  }
}
