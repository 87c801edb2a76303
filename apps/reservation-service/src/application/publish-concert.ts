import type { Clock, UnitOfWork } from '@stagedoor/platform';
import { numberSeats, type Schedule, type SectionPlan } from '../domain/schedule.ts';
import { Changes, type Recorder } from './changes.ts';
import type { Tx } from './ports.ts';

export interface ConcertPlan {
  title: string;
  venue: string;
  schedules: { startsAt: Date; opensAt: Date; sections: SectionPlan[] }[];
}

export interface PublishConcertOptions extends Recorder {
  unitOfWork: UnitOfWork<Tx>;
  clock: Clock;
}

export interface PublishedConcert {
  concertId: number;
  schedules: Schedule[];
}

/** Puts a concert on sale. `by` is the operator, or the sample that it is. */
export async function publishConcert(
  plan: ConcertPlan,
  by: { actor: string } | { sample: string },
  options: PublishConcertOptions,
): Promise<PublishedConcert> {
  return options.unitOfWork.run((tx) => insertConcert(plan, by, tx, new Changes(options, options.clock.now())));
}

/** The same within a transaction. @throws SampleExists */
export async function insertConcert(
  { title, venue, schedules }: ConcertPlan,
  by: { actor: string } | { sample: string },
  tx: Tx,
  changes: Changes,
): Promise<PublishedConcert> {
  const published = await tx.schedules.insertConcert({
    title,
    venue,
    sample: 'sample' in by ? by.sample : null,
    createdAt: changes.now,
    schedules: schedules.map(({ sections, ...show }) => ({ ...show, ...numberSeats(sections) })),
  });
  const actor = 'sample' in by ? 'start-up' : by.actor;
  const subject = String(published.concertId);
  const detail = { title, venue, schedules: published.schedules.map(({ id }) => id) };
  await tx.audit.add({ at: changes.now, actor, action: 'concert.publish', subject, detail });
  for (const schedule of published.schedules)
    changes.send(changes.messages.scheduleEvent(schedule, 'schedule.published'));
  await changes.finish(tx);
  return published;
}
