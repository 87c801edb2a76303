import type { ReservationStatus } from '@stagedoor/contracts';
import type { ScheduleSource } from '../../application/ports.ts';
import type {
  CancellationProgress,
  CancellationQueries,
  CatalogueQueries,
  ListedConcert,
  PageOf,
  RankedSchedule,
  ReservationQueries,
  SalesQueries,
} from '../../application/queries.ts';
import type { RefundState, Reservation } from '../../domain/reservation.ts';
import type { Schedule, ScheduleStatus } from '../../domain/schedule.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { toReservation } from './reservation-rows.ts';

// Ids of this service are 32-bit; what is larger cannot be there, and the client would refuse to ask for it.
const LARGEST_ID = 2 ** 31 - 1;

const olderThan = (before: string | undefined) => (before === undefined ? {} : { id: { lt: before } });

/** Reservations, as the API reads them. */
export class PrismaReservationQueries implements ReservationQueries {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async find(id: string): Promise<Reservation | null> {
    const row = await this.#prisma.reservation.findUnique({ where: { id } });
    return row === null ? null : toReservation(row);
  }

  async ofFan(userId: string, { limit, before }: PageOf<string>): Promise<Reservation[]> {
    const where = { userId, ...olderThan(before) };
    const rows = await this.#prisma.reservation.findMany({ where, orderBy: { id: 'desc' }, take: limit });
    return rows.map(toReservation);
  }

  async ofSeat(
    { scheduleId, seatNumber }: { scheduleId: number; seatNumber: number },
    { limit, before }: PageOf<string>,
  ): Promise<Reservation[]> {
    if (scheduleId > LARGEST_ID || seatNumber > LARGEST_ID) return [];
    const where = { scheduleId, seatNumber, ...olderThan(before) };
    const rows = await this.#prisma.reservation.findMany({ where, orderBy: { id: 'desc' }, take: limit });
    return rows.map(toReservation);
  }
}

/** What is left to do of a cancelled show. */
export class PrismaCancellationQueries implements CancellationQueries {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async progress(scheduleId: number): Promise<CancellationProgress | null> {
    if (scheduleId > LARGEST_ID) return null;
    const schedule = await this.#prisma.schedule.findUnique({ where: { id: scheduleId } });
    if (schedule?.status !== 'CANCELLED') return null;
    const groups = await this.#prisma.reservation.groupBy({
      by: ['status', 'refund'],
      where: { scheduleId },
      _count: true,
    });
    const count = (wanted: { status?: ReservationStatus; refund?: RefundState }): number =>
      groups
        .filter(({ status, refund }) => status === (wanted.status ?? status) && refund === (wanted.refund ?? refund))
        .reduce((sum, { _count }) => sum + _count, 0);
    return {
      reason: schedule.cancelReason,
      live: {
        held: count({ status: 'TEMPORARY_ASSIGNED' }),
        pending: count({ status: 'PAYMENT_PENDING' }),
        confirmed: count({ status: 'CONFIRMED' }),
      },
      refunds: { requested: count({ refund: 'REQUESTED' }), done: count({ refund: 'DONE' }) },
    };
  }
}

const withSeats = {
  schedules: { include: { seatMap: true }, orderBy: { id: 'asc' } },
} as const;

/** Concerts and their shows, as the API lists them. */
export class PrismaCatalogueQueries implements CatalogueQueries {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async concerts({ limit, before }: PageOf<number>): Promise<ListedConcert[]> {
    const where = before === undefined ? {} : { id: { lt: before } };
    const rows = await this.#prisma.concert.findMany({
      where,
      orderBy: { id: 'desc' },
      take: limit,
      include: withSeats,
    });
    return rows.map(listed);
  }

  async concert(id: number): Promise<ListedConcert | null> {
    if (id > LARGEST_ID) return null;
    const row = await this.#prisma.concert.findUnique({ where: { id }, include: withSeats });
    return row === null ? null : listed(row);
  }
}

type ConcertRow = NonNullable<Awaited<ReturnType<typeof readConcert>>>;
const readConcert = (prisma: PrismaClient) => prisma.concert.findFirst({ include: withSeats });

function listed({ id, title, venue, schedules }: ConcertRow): ListedConcert {
  return {
    id,
    title,
    venue,
    schedules: schedules.map(({ seatMap, ...schedule }) => ({
      id: schedule.id,
      startsAt: schedule.startsAt,
      opensAt: schedule.opensAt,
      salesEndAt: schedule.salesEndAt,
      status: schedule.status as ScheduleStatus,
      seatsTotal: schedule.seatsTotal,
      claimed: seatMap?.claimed ?? 0,
      blocked: seatMap?.blocked ?? 0,
      sold: seatMap?.sold ?? 0,
    })),
  };
}

/** How far shows are sold. */
export class PrismaSalesQueries implements SalesQueries {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async selling(): Promise<RankedSchedule[]> {
    const maps = await this.#prisma.seatMap.findMany({
      where: { sold: { gt: 0 }, schedule: { status: 'ON_SALE' } },
      include: { schedule: { include: { concert: true } } },
    });
    return maps.map(({ scheduleId, seatsTotal, sold, soldOutAt, schedule }) => ({
      scheduleId,
      seatsTotal,
      sold,
      soldOutAt,
      opensAt: schedule.opensAt,
      startsAt: schedule.startsAt,
      concertId: schedule.concertId,
      title: schedule.concert.title,
      venue: schedule.concert.venue,
    }));
  }
}

/** Terms and sections of shows. */
export class PrismaScheduleSource implements ScheduleSource {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async read(ids: readonly number[]): Promise<Schedule[]> {
    const known = ids.filter((id) => id <= LARGEST_ID);
    if (known.length === 0) return [];
    // Seat map first: the client reads one table after the other, and terms that are newer than their revision are found
    // out at the commit of whoever decided on them. Older ones would not be.
    const rows = await this.#prisma.seatMap.findMany({
      where: { scheduleId: { in: known } },
      include: { schedule: { include: { concert: true, sections: { orderBy: { ordinal: 'asc' } } } } },
    });
    return rows.map(({ termsRevision, schedule: { concert, sections, cancellingSince: _, ...schedule } }) => ({
      ...schedule,
      status: schedule.status as ScheduleStatus,
      title: concert.title,
      venue: concert.venue,
      termsRevision,
      sections: sections.map(({ name, grade, price, fromSeat, toSeat, rowLength }) => ({
        name,
        grade,
        price: Number(price),
        from: fromSeat,
        to: toSeat,
        rowLength,
      })),
    }));
  }
}
