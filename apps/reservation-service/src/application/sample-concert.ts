import { addMs } from '../domain/reservation.ts';
import type { SectionPlan } from '../domain/schedule.ts';
import { Changes } from './changes.ts';
import { SampleExists } from './ports.ts';
import { type ConcertPlan, insertConcert, type PublishConcertOptions } from './publish-concert.ts';

const DAY_MS = 86_400_000;
const NAME = 'first-night';

const club: SectionPlan[] = [
  { name: 'Front', grade: 'VIP', price: 180_000, rows: 5, rowLength: 20 },
  { name: 'Middle', grade: 'R', price: 150_000, rows: 10, rowLength: 20 },
  { name: 'Back', grade: 'S', price: 120_000, rows: 10, rowLength: 20 },
];

const arena: SectionPlan[] = [
  { name: 'Floor A', grade: 'VIP', price: 198_000, rows: 40, rowLength: 50 },
  { name: 'Floor B', grade: 'R', price: 176_000, rows: 60, rowLength: 50 },
  { name: 'Tier 1', grade: 'S', price: 143_000, rows: 100, rowLength: 60 },
  { name: 'Tier 2', grade: 'A', price: 110_000, rows: 100, rowLength: 60 },
  { name: 'Tier 3', grade: 'B', price: 88_000, rows: 50, rowLength: 60 },
];

/** One concert, two shows of 500 and 20,000 seats: on sale since now, on stage in 30 and 31 days. */
export function samplePlan(now: Date): ConcertPlan {
  const show = (days: number, sections: SectionPlan[]) => ({
    startsAt: addMs(now, days * DAY_MS),
    opensAt: now,
    sections,
  });
  return { title: 'Stagedoor: the first night', venue: 'Harbour Arena', schedules: [show(30, club), show(31, arena)] };
}

/** Publishes the sample concert where there is no concert at all; false where there is one. Safe with several at once. */
export async function publishSample(options: PublishConcertOptions): Promise<boolean> {
  try {
    return await options.unitOfWork.run(async (tx) => {
      if (await tx.schedules.hasConcert()) return false;
      const now = options.clock.now();
      await insertConcert(samplePlan(now), { sample: NAME }, tx, new Changes(options, now));
      return true;
    });
  } catch (error) {
    if (error instanceof SampleExists) return false;
    throw error;
  }
}
