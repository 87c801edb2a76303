import { ask } from './ask.ts';
import type { Replica } from './replica.ts';
import type { Scheduler } from './scheduler.ts';
import type { ReservationService } from './services/reservation-service.ts';
import { TIMES } from './times.ts';
import { leave, visit, type WaitingRooms } from './visits.ts';

/** What fans were told with a 2xx: none of it may be lost. */
export interface Journal {
  held: Set<string>;
  paid: Set<string>;
}

/** What fans need of the world. */
export interface FanOptions {
  scheduler: Scheduler;
  replicas: readonly Replica<ReservationService>[];
  journal: Journal;
  schedules: readonly number[];
  /** Where there are any, fans wait in them before they hold. */
  rooms: WaitingRooms | null;
  seats: number;
  /** While true, fans go on coming. */
  selling(): boolean;
}

/** Buys as people do: late, twice, without money, with a change of mind, or not at all after all. */
export async function fan(userId: string, options: FanOptions): Promise<void> {
  const { scheduler, journal, schedules, rooms, seats, selling } = options;
  let round = 0;
  await scheduler.sleep(scheduler.random() * 3_000);
  while (selling()) {
    const scheduleId = scheduler.pick(schedules);
    if (rooms !== null && !(await visit({ scheduleId, userId }, rooms, scheduler, selling))) {
      await scheduler.sleep(scheduler.random() * 1_000);
      continue;
    }
    const holdKey = scheduler.chance(0.7) ? `hold-${userId}-${++round}` : null;
    const seatNumber = scheduler.between(1, seats);
    const hold = () =>
      ask(userId, 'holds', options, (service) => service.holds.hold({ userId, scheduleId, seatNumber, holdKey }));
    if (holdKey !== null && scheduler.chance(0.1)) void hold();
    const held = await hold();
    if (held?.kind === 'applied' || held?.kind === 'held-before') {
      const { id } = held.reservation;
      journal.held.add(id);
      await useHold(userId, id, options);
    }
    if (rooms !== null && scheduler.chance(0.2)) await leave({ scheduleId, userId }, rooms, scheduler);
    await scheduler.sleep(scheduler.random() * 4_000);
  }
}

async function useHold(userId: string, reservationId: string, options: FanOptions): Promise<void> {
  const { scheduler, journal } = options;
  const pay = async (key: string) => {
    const verdict = await ask(userId, 'pays', options, (service) =>
      service.payments.request({ reservationId, userId, key }),
    );
    if (verdict?.kind === 'accepted') journal.paid.add(reservationId);
  };
  const cancel = () =>
    ask(userId, 'cancels', options, (service) =>
      service.cancellations.cancel({ reservationId, by: { role: 'fan', userId } }),
    );
  const mood = scheduler.random();
  if (mood < 0.12) return;
  if (mood < 0.2) {
    await scheduler.sleep(scheduler.random() * TIMES.holdTtlMs);
    await cancel();
    return;
  }
  // Mostly at once, sometimes at the very moment at which the hold ends.
  const late = scheduler.chance(0.25);
  await scheduler.sleep(late ? TIMES.holdTtlMs - 60 + scheduler.random() * 80 : scheduler.random() * 1_500);
  if (scheduler.chance(0.2)) void pay(scheduler.chance(0.5) ? `pay-${reservationId}` : `pay-again-${reservationId}`);
  await pay(`pay-${reservationId}`);
  if (scheduler.chance(0.3)) {
    await scheduler.sleep(scheduler.random() * 5_000);
    await cancel();
  }
}
