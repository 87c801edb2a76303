import type { CancellationProgress, ListedConcert, ListedSchedule, RankedSchedule } from '../../application/queries.ts';
import { asSeenAt, historyOf } from '../../domain/history.ts';
import { secondsToSellOut } from '../../domain/ranking.ts';
import type { Reservation } from '../../domain/reservation.ts';
import type { Schedule } from '../../domain/schedule.ts';
import { isSoldOut } from '../../domain/seat-map.ts';

const iso = (moment: Date): string => moment.toISOString();
const isoOrNull = (moment: Date | null): string | null => moment?.toISOString() ?? null;

/** A reservation as its fan sees it at this moment. */
export function reservationToBody(stored: Reservation, now: Date) {
  const reservation = asSeenAt(stored, now);
  return {
    id: reservation.id,
    status: reservation.status,
    scheduleId: reservation.scheduleId,
    seatNumber: reservation.seatNumber,
    amount: reservation.amount,
    holdExpiresAt: iso(reservation.holdExpiresAt),
    paymentDeadline: isoOrNull(reservation.paymentDeadline),
    failReason: reservation.reason,
    refund: reservation.refund,
    history: historyOf(reservation).map(({ status, at, reason }) => ({ status, at: iso(at), reason })),
  };
}

/** The same with what only the box office sees. */
export const boxOfficeToBody = (reservation: Reservation, now: Date) => ({
  ...reservationToBody(reservation, now),
  userId: reservation.userId,
  chargeKey: reservation.chargeKey,
  cancelReason: reservation.cancelReason,
});

/** The answer to a hold: of the moment of the hold, also where it is repeated later. */
export const heldToBody = ({ id, scheduleId, seatNumber, amount, holdExpiresAt }: Reservation) => ({
  id,
  status: 'TEMPORARY_ASSIGNED' as const,
  scheduleId,
  seatNumber,
  amount,
  holdExpiresAt: iso(holdExpiresAt),
});

function listedToBody(schedule: ListedSchedule) {
  const { id, startsAt, opensAt, salesEndAt, seatsTotal, claimed } = schedule;
  const status: 'ON_SALE' | 'SOLD_OUT' | 'CANCELLED' =
    schedule.status === 'CANCELLED' ? 'CANCELLED' : isSoldOut(schedule) ? 'SOLD_OUT' : 'ON_SALE';
  return {
    id,
    startsAt: iso(startsAt),
    opensAt: iso(opensAt),
    salesEndAt: isoOrNull(salesEndAt),
    seatsTotal,
    seatsLeft: seatsTotal - claimed,
    status,
  };
}

export const concertToBody = ({ id, title, venue, schedules }: ListedConcert) => ({
  id,
  title,
  venue,
  schedules: schedules.map(listedToBody),
});

/** A concert that was published a moment ago: nothing is taken yet. */
export const publishedToBody = (plan: { title: string; venue: string }, id: number, schedules: readonly Schedule[]) =>
  concertToBody({
    id,
    title: plan.title,
    venue: plan.venue,
    schedules: schedules.map((schedule) => ({ ...schedule, claimed: 0, blocked: 0, sold: 0 })),
  });

export const scheduleToBody = (schedule: Schedule) => ({
  id: schedule.id,
  concertId: schedule.concertId,
  startsAt: iso(schedule.startsAt),
  opensAt: iso(schedule.opensAt),
  salesEndAt: isoOrNull(schedule.salesEndAt),
  cancellableUntil: isoOrNull(schedule.cancellableUntil),
  seatsTotal: schedule.seatsTotal,
  status: schedule.status,
  cancelReason: schedule.cancelReason,
});

export const cancellationToBody = (scheduleId: number, progress: CancellationProgress) => {
  const { held, pending, confirmed } = progress.live;
  return { scheduleId, ...progress, finished: held + pending + confirmed + progress.refunds.requested === 0 };
};

export const rankedToBody = (ranked: RankedSchedule, index: number) => ({
  rank: index + 1,
  concertId: ranked.concertId,
  title: ranked.title,
  venue: ranked.venue,
  scheduleId: ranked.scheduleId,
  startsAt: iso(ranked.startsAt),
  opensAt: iso(ranked.opensAt),
  seatsTotal: ranked.seatsTotal,
  sold: ranked.sold,
  soldOutAt: isoOrNull(ranked.soldOutAt),
  secondsToSellOut: secondsToSellOut(ranked),
});
