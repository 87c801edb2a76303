import type { ReservationEventData, ReservationStatus } from '@stagedoor/contracts';

/** Why an admission ended: the fan left; its time was over; the fan is done (nothing held or pending any more). */
export type EndReason = 'LEFT' | 'EXPIRED' | 'DONE';

/** What is known of a reservation that was made during an admission. */
export interface KnownHold {
  /** The newest event that counted. */
  version: number;
  /** Held, or its payment pending. */
  live: boolean;
}

/** A fan's stay inside: from the admission to its end, which frees the slot (design §5). */
export interface Admission {
  /** The `jti` of its admission token. */
  id: string;
  scheduleId: number;
  userId: string;
  /** The place in the line that it came from. */
  sequence: number;
  admittedAt: Date;
  /** When its token expires. */
  endsAt: Date;
  endedAt: Date | null;
  endReason: EndReason | null;
  /** By reservation id. */
  holds: Readonly<Record<string, KnownHold>>;
}

/** What a reservation event means to an admission. */
export interface ReservationNews {
  reservationId: string;
  version: number;
  status: ReservationStatus;
  occurredAt: Date;
}

const live: ReadonlySet<ReservationStatus> = new Set(['TEMPORARY_ASSIGNED', 'PAYMENT_PENDING']);
/** How a hold ends. A cancelled purchase had left this set before: it says nothing about a hold. */
const endOfHold: ReadonlySet<ReservationStatus> = new Set(['CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED']);

/** Reservations of an admission that are held or whose payment is pending. */
export const liveHolds = (admission: Pick<Admission, 'holds'>): number =>
  Object.values(admission.holds).filter((hold) => hold.live).length;

/** What an event's data and time say. */
export const reservationNews = (data: ReservationEventData, occurredAt: Date): ReservationNews => ({
  reservationId: data.reservationId,
  version: data.version,
  status: data.status,
  occurredAt,
});

/**
 * The one of a fan's admissions to a schedule that a reservation event changes, as it leaves it; null where it changes
 * none. An admission is done, and its slot free, when nothing is held or pending any more after something was. An event
 * never ends an admission that began after it occurred, and a version that was passed changes nothing.
 */
export function noteReservation(admissions: readonly Admission[], news: ReservationNews, now: Date): Admission | null {
  // Where the reservation is known its versions tell what came after what. Times do not: another replica wrote the next
  // event by its own clock, and a hold whose end were not believed would keep its slot for ever.
  const admission =
    admissions.find((one) => news.reservationId in one.holds) ?? newestBefore(admissions, news.occurredAt);
  if (admission === undefined) return rememberEnd(admissions, news);
  const known = admission.holds[news.reservationId];
  const isLive = live.has(news.status);
  if (known === undefined) {
    // The first thing heard of it is that it is over: still the end of a hold, unless a purchase is given back.
    if (!isLive && !endOfHold.has(news.status)) return null;
  } else if (known.version >= news.version || known.live === isLive) {
    return null;
  }
  // Of an ended admission only one thing matters: that its holds are never taken for those of the fan's next one.
  if (admission.endedAt !== null && known !== undefined) return null;
  if (admission.endedAt !== null && !isLive) return rememberEnd(admissions, news);
  const noted: Admission = {
    ...admission,
    holds: { ...admission.holds, [news.reservationId]: { version: news.version, live: isLive } },
  };
  return liveHolds(noted) > 0 ? noted : ended(noted, 'DONE', now);
}

/**
 * The end of a hold that belongs to none of the admissions, as far as its time tells, ends nothing. It is remembered all the
 * same: events that are tried again come out of their order, and its hold, which another replica may have written by a later
 * clock, would then be taken for live, for ever.
 */
function rememberEnd(admissions: readonly Admission[], { reservationId, version, status }: ReservationNews) {
  const open = admissions.find(({ endedAt }) => endedAt === null);
  if (open === undefined || live.has(status)) return null;
  return { ...open, holds: { ...open.holds, [reservationId]: { version, live: false } } };
}

/** The admission ended because the fan left; null where it had ended before. */
export const leave = (admission: Admission, now: Date): Admission | null =>
  admission.endedAt === null ? ended(admission, 'LEFT', now) : null;

/** The admission ended because its time is over and nothing is held or pending; null where it goes on. */
export const lapse = (admission: Admission, now: Date): Admission | null =>
  admission.endedAt === null && admission.endsAt <= now && liveHolds(admission) === 0
    ? ended(admission, 'EXPIRED', now)
    : null;

function ended(admission: Admission, reason: EndReason, now: Date): Admission {
  return admission.endedAt === null ? { ...admission, endedAt: now, endReason: reason } : admission;
}

function newestBefore(admissions: readonly Admission[], moment: Date): Admission | undefined {
  let newest: Admission | undefined;
  for (const admission of admissions) {
    if (admission.admittedAt > moment) continue;
    if (newest === undefined || admission.admittedAt > newest.admittedAt) newest = admission;
  }
  return newest;
}
