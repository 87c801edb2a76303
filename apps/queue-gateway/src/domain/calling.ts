import type { Admission } from './admission.ts';

/** Somebody whose turn has come, with the admission that is to be made of it. */
export interface Candidate {
  userId: string;
  sequence: number;
  admissionId: string;
  admittedAt: Date;
  endsAt: Date;
}

/** What becomes of those who were called. */
export interface Admitted<C extends Candidate> {
  /** Not recorded yet. */
  record: Admission[];
  /** Are inside, by the admission that they were called with; recorded now or by an earlier attempt. */
  inside: C[];
  /** Were admitted before, from this place or one behind it: not again. */
  spent: C[];
  /** The admissions of those who are spent, where these have not ended: they are the ones that count. */
  stillOpen: Admission[];
}

/**
 * Decides about those who were called, given every admission that they ever had to the schedule. A place in the line
 * admits once, whatever the line has forgotten, and however often an attempt is repeated.
 */
export function admit<C extends Candidate>(
  scheduleId: number,
  called: readonly C[],
  known: readonly Admission[],
): Admitted<C> {
  const byUser = Map.groupBy(known, (admission) => admission.userId);
  const admitted: Admitted<C> = { record: [], inside: [], spent: [], stillOpen: [] };
  for (const candidate of called) {
    const before = (byUser.get(candidate.userId) ?? []).filter(({ sequence }) => sequence >= candidate.sequence);
    const same = before.find((admission) => admission.id === candidate.admissionId);
    if (same !== undefined && same.endedAt === null) {
      admitted.inside.push(candidate);
    } else if (before.length > 0) {
      admitted.spent.push(candidate);
      admitted.stillOpen.push(...before.filter((admission) => admission.endedAt === null));
    } else {
      admitted.inside.push(candidate);
      admitted.record.push(admissionFrom(scheduleId, candidate));
    }
  }
  return admitted;
}

function admissionFrom(scheduleId: number, { admissionId, ...candidate }: Candidate): Admission {
  return {
    id: admissionId,
    scheduleId,
    userId: candidate.userId,
    sequence: candidate.sequence,
    admittedAt: candidate.admittedAt,
    endsAt: candidate.endsAt,
    endedAt: null,
    endReason: null,
    holds: {},
  };
}

/** How far the line has come once these are admitted: to the last of them, and up to whoever is first now. */
export function servingAfter(
  called: readonly Pick<Candidate, 'sequence'>[],
  line: { serving: number; head: number | null; lostThrough: number },
): number {
  const last = called.reduce((most, { sequence }) => Math.max(most, sequence), line.serving);
  // Those before the first left the line; unless it had forgotten them, and they are still to come back.
  return line.head === null || last < line.lostThrough ? last : Math.max(last, line.head - 1);
}
