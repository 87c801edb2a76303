import type { QueueReads } from './ports.ts';
import { slotOf } from './room-preparation.ts';
import type { WaitingLine } from './waiting-line.ts';

const SLOTS_PER_STEP = 500;

/**
 * Puts the slots right that the line has by what the database knows: a process may die after an admission was recorded
 * or ended there, and before the line was told. Whoever is right again is not counted twice by it, nor forgotten.
 */
export async function reconcile(
  scheduleId: number,
  line: Pick<WaitingLine, 'inside' | 'occupy' | 'release'>,
  reads: Pick<QueueReads, 'openAdmissions'>,
): Promise<{ released: number; occupied: number }> {
  // The line first: what it has by now was recorded before, so what the database then does not have open has ended.
  const taken = new Map((await line.inside(scheduleId)).map((slot) => [slot.admissionId, slot]));
  const open = (await reads.openAdmissions(scheduleId)).map(slotOf);
  const openIds = new Set(open.map(({ admissionId }) => admissionId));
  const over = [...taken.values()].filter(({ admissionId }) => !openIds.has(admissionId));
  const wrong = open.filter(({ admissionId, kept }) => taken.get(admissionId)?.kept !== kept);
  for (let start = 0; start < over.length; start += SLOTS_PER_STEP) {
    await line.release(scheduleId, over.slice(start, start + SLOTS_PER_STEP));
  }
  for (let start = 0; start < wrong.length; start += SLOTS_PER_STEP) {
    await line.occupy(scheduleId, wrong.slice(start, start + SLOTS_PER_STEP));
  }
  return { released: over.length, occupied: wrong.length };
}
