import type { EndReservation, EndState } from './end-state.ts';
import type { JournalEntry } from './entries.ts';

/** A promise that the end state does not keep. */
export interface LostEntry {
  entry: JournalEntry;
  why: string;
}

const FINAL_AFTER_PAYMENT = new Set(['CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED', 'CANCELLED']);

/** How far a reservation has come; it never goes back (design §4). */
const PROGRESS: Record<string, number> = {
  TEMPORARY_ASSIGNED: 0,
  PAYMENT_PENDING: 1,
  CONFIRMED: 2,
  PAYMENT_FAILED: 2,
  EXPIRED: 2,
  CANCELLED: 3,
};

const fanKey = (user: string, scheduleId: number): string => `${scheduleId}/${user}`;

/** Every journaled promise that is not kept by the system at rest. Pure. */
export function lostEntries(entries: readonly JournalEntry[], end: EndState): LostEntry[] {
  const reservations = new Map(end.reservations.map((reservation) => [reservation.id, reservation]));
  const decisions = new Map(end.decisions.map(({ reservationId, status }) => [reservationId, status]));
  const topUps = new Map(end.topUps.map((topUp) => [`${topUp.userId}/${topUp.key}`, topUp]));
  const refunds = new Map(end.refunds.map((refund) => [refund.reservationId, refund]));

  const brokenBy = (entry: JournalEntry): string | null => {
    if (entry.what === 'top-up') {
      const topUp = topUps.get(`${entry.user}/${entry.key}`);
      if (topUp === undefined) return 'there is no such top-up';
      if (topUp.amount !== entry.amount) return `it is one of ${topUp.amount}`;
      return topUp.transfers === 1 ? null : `it stands ${topUp.transfers} times in the ledger`;
    }
    if (entry.what === 'place' || entry.what === 'leave') return null;
    const reservation = reservations.get(entry.reservationId);
    if (reservation === undefined) return 'there is no such reservation';
    if (reservation.userId !== entry.user) return `it is ${reservation.userId}'s`;
    switch (entry.what) {
      case 'hold':
        return reservation.scheduleId === entry.scheduleId &&
          reservation.seatNumber === entry.seatNumber &&
          reservation.amount === entry.amount
          ? null
          : `it is seat ${reservation.seatNumber} of ${reservation.scheduleId} for ${reservation.amount}`;
      case 'pay':
        return unsettled(reservation, decisions.get(reservation.id));
      case 'cancel':
        return entry.status === 'CANCELLED'
          ? notGivenBack(reservation, refunds.get(reservation.id))
          : undone(entry.status, reservation);
      case 'told':
        if (entry.refund === 'DONE' && reservation.refund !== 'DONE') return `its refund is ${reservation.refund}`;
        return undone(entry.status, reservation);
    }
  };

  const broken = entries.flatMap((entry) => {
    const why = brokenBy(entry);
    return why === null ? [] : [{ entry, why }];
  });
  return [...broken, ...lostPlaces(entries, end)];
}

/**
 * Reservations that were charged, expired all the same, and were given their money back. No invariant is broken by one, and
 * with deadlines far longer than the faults there should be none. Pure.
 */
export function expiredThoughCharged({ reservations, refunds }: EndState): string[] {
  const givenBack = new Set(refunds.map(({ reservationId }) => reservationId));
  return reservations.filter(({ id, status }) => status === 'EXPIRED' && givenBack.has(id)).map(({ id }) => id);
}

/** A payment that was accepted has an outcome, the one that was decided. */
function unsettled({ status }: EndReservation, decision: string | undefined): string | null {
  if (!FINAL_AFTER_PAYMENT.has(status)) return `it is ${status}`;
  const decided = status === 'CANCELLED' ? 'CONFIRMED' : status;
  return decision === decided ? null : `it is ${status}, and was decided ${decision ?? 'never'}`;
}

function notGivenBack(
  { status, refund, amount }: EndReservation,
  given: EndState['refunds'][number] | undefined,
): string | null {
  if (status !== 'CANCELLED') return `it is ${status}`;
  if (refund !== 'DONE' || given === undefined) return `its refund is ${refund}`;
  return given.amount === amount && given.transfers === 1
    ? null
    : `${given.amount} was given back, ${given.transfers} times in the ledger`;
}

/** What a fan was told about a reservation stands, or has gone on from there. */
function undone(told: string, { status }: EndReservation): string | null {
  const went = (PROGRESS[status] ?? 0) - (PROGRESS[told] ?? 0);
  if (status === told) return null;
  if (went <= 0) return `it is ${status}`;
  return status === 'CANCELLED' && told !== 'CONFIRMED' && (PROGRESS[told] ?? 0) === 2 ? `it is ${status}` : null;
}

/**
 * Who was let in has an admission, and who waits keeps the place: another sequence number is only given to one who was
 * admitted under the first, or has left.
 */
function lostPlaces(entries: readonly JournalEntry[], { admissions }: EndState): LostEntry[] {
  const admitted = new Set(
    admissions.map(({ userId, scheduleId, sequence }) => `${fanKey(userId, scheduleId)}/${sequence}`),
  );
  const everAdmitted = new Set(admissions.map(({ userId, scheduleId }) => fanKey(userId, scheduleId)));
  const waiting = new Map<string, number>();
  const lost: LostEntry[] = [];
  for (const entry of entries) {
    if (entry.what === 'leave') waiting.delete(fanKey(entry.user, entry.scheduleId));
    if (entry.what !== 'place') continue;
    const fan = fanKey(entry.user, entry.scheduleId);
    const { sequence } = entry;
    const before = waiting.get(fan);
    if (sequence !== null && before !== undefined && before !== sequence && !admitted.has(`${fan}/${before}`)) {
      lost.push({ entry, why: `the fan had sequence ${before}, has neither been admitted nor left` });
    }
    if (entry.state !== 'ADMITTED') {
      if (sequence !== null) waiting.set(fan, sequence);
      continue;
    }
    waiting.delete(fan);
    const isKnown = sequence === null ? everAdmitted.has(fan) : admitted.has(`${fan}/${sequence}`);
    if (!isKnown) lost.push({ entry, why: 'there is no such admission' });
  }
  return lost;
}
