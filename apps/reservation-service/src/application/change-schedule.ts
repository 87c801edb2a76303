import type { Clock, UnitOfWork } from '@stagedoor/platform';
import { type Rejected, rejected } from '../domain/reservation.ts';
import type { Schedule } from '../domain/schedule.ts';
import { reviseTerms } from './cancel-schedule.ts';
import { Changes, type Recorder } from './changes.ts';
import type { Tx } from './ports.ts';

/** What is left out stays; null takes an end away. */
export interface TermsPatch {
  startsAt?: Date | undefined;
  opensAt?: Date | undefined;
  salesEndAt?: Date | null | undefined;
  cancellableUntil?: Date | null | undefined;
}

export interface ChangeScheduleOptions extends Recorder {
  unitOfWork: UnitOfWork<Tx>;
  clock: Clock;
}

export type ChangeVerdict =
  | { kind: 'changed'; schedule: Schedule }
  | Rejected<'NOT_FOUND' | 'CANCELLED' | 'OPENS_AFTER_START'>;

/** Changes the terms of a show. From this commit on no hold is taken on the old ones. */
export async function changeSchedule(
  { scheduleId, patch, actor }: { scheduleId: number; patch: TermsPatch; actor: string },
  options: ChangeScheduleOptions,
): Promise<ChangeVerdict> {
  return options.unitOfWork.run(async (tx): Promise<ChangeVerdict> => {
    const schedule = await tx.schedules.lock(scheduleId);
    if (schedule === null) return rejected('NOT_FOUND');
    if (schedule.status === 'CANCELLED') return rejected('CANCELLED');
    const changed = {
      ...schedule,
      startsAt: patch.startsAt ?? schedule.startsAt,
      opensAt: patch.opensAt ?? schedule.opensAt,
      salesEndAt: patch.salesEndAt === undefined ? schedule.salesEndAt : patch.salesEndAt,
      cancellableUntil: patch.cancellableUntil === undefined ? schedule.cancellableUntil : patch.cancellableUntil,
    };
    if (changed.opensAt >= changed.startsAt) return rejected('OPENS_AFTER_START');
    const now = options.clock.now();
    await tx.schedules.save(scheduleId, changed);
    await reviseTerms(tx, scheduleId);
    const subject = String(scheduleId);
    await tx.audit.add({ at: now, actor, action: 'schedule.change', subject, detail: { ...patch } });
    const changes = new Changes(options, now);
    changes.send(changes.messages.scheduleEvent(changed, 'schedule.updated'));
    await changes.finish(tx);
    return { kind: 'changed', schedule: changed };
  });
}
