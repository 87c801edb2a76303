import type { DeadLetter } from '../../apps/result-worker/src/domain/dead-letter.ts';
import { ask } from './ask.ts';
import { ORIGINAL_HEADER } from './corruption.ts';
import type { Scheduler } from './scheduler.ts';
import type { World } from './world.ts';

const MAX_PAUSE_MS = 2_500;
const ACTOR = 'operator';

/** What operators need of the world. */
export interface OperatorOptions {
  world: World;
  scheduler: Scheduler;
  selling(): boolean;
}

/** Blocks and frees seats, cancels for fans, changes the terms of sale, and now and then cancels a whole show. */
export async function boxOffice({ world, scheduler, selling }: OperatorOptions): Promise<void> {
  const cancels = scheduler.chance(0.3);
  const { tables } = world.databases.reservation;
  while (selling()) {
    await scheduler.sleep(scheduler.random() * MAX_PAUSE_MS);
    if (!selling()) return;
    const scheduleId = scheduler.pick([...tables.schedules.keys()]);
    const { seatsTotal } = tables.schedules.get(scheduleId) ?? { seatsTotal: 1 };
    const from = scheduler.between(1, seatsTotal);
    const seats = { scheduleId, from, to: scheduler.between(from, Math.min(seatsTotal, from + 2)), actor: ACTOR };
    const some = scheduler.pick([...tables.reservations.keys()]);
    const cancelOne = { reservationId: some, by: { role: 'box-office' as const, actor: ACTOR, reason: 'ASKED' } };
    const at = (ms: number) => new Date(scheduler.nowMs + ms);
    const patch = scheduler.pick([
      { salesEndAt: at(500) },
      { salesEndAt: null },
      { cancellableUntil: at(1_000) },
      { cancellableUntil: null },
    ]);
    const draw = scheduler.random();
    await ask(ACTOR, 'operates', { scheduler, replicas: world.reservations }, async (service) => {
      if (draw < 0.35) return service.operations.blockSeats(seats);
      if (draw < 0.65) return service.operations.unblockSeats(seats);
      if (draw < 0.75) return service.operations.changeSchedule({ scheduleId, patch, actor: ACTOR });
      if (cancels && draw < 0.85) {
        return service.operations.cancelSchedule({ scheduleId, reason: 'RAIN', actor: ACTOR });
      }
      return some === undefined ? null : service.cancellations.cancel(cancelOne);
    });
  }
}

/** Replays or discards every dead letter, two operators at the same one now and then, until there is none that is new. */
export async function deadLetterDesk(world: World, scheduler: Scheduler, isOver: () => boolean): Promise<void> {
  const { tables } = world.databases.result;
  const resolve = async (letter: DeadLetter): Promise<void> => {
    const original = letter.headers[ORIGINAL_HEADER];
    const repaired = original !== undefined && 'utf8' in original ? Buffer.from(original.utf8) : null;
    const resolution = { id: letter.id, actor: ACTOR, reason: 'looked at' };
    await ask(
      ACTOR,
      `resolves ${letter.topic} ${letter.partition} ${letter.offset}`,
      { scheduler, replicas: world.results },
      async (service) => {
        if (repaired === null) return service.deadLetters.discard(resolution);
        return service.deadLetters.replay(resolution, repaired);
      },
    );
  };
  while (!isOver()) {
    await scheduler.sleep(200 + scheduler.random() * 1_500);
    const isNew = [...tables.deadLetters.values()].filter(({ status }) => status === 'NEW');
    if (isNew.length === 0) continue;
    const letter = scheduler.pick(isNew);
    if (scheduler.chance(0.2)) void resolve(letter);
    await resolve(letter);
  }
}
