import { idSchema, positiveIntegerSchema, reservationStatuses } from '@stagedoor/contracts';
import { integerParameter, pageQuery } from '@stagedoor/platform';
import { z } from 'zod';

const timestamp = z.iso.datetime({ precision: 3 }).describe('ISO-8601, UTC');
// Documented as a list of two, which more programs understand than a tuple.
const seatRange = z
  .tuple([z.number().int(), z.number().int()])
  .meta({ prefixItems: undefined, items: { type: 'integer' }, minItems: 2, maxItems: 2 });
const money = z.number().int().describe('Won');

export const idParams = z.object({ id: integerParameter });
export const reservationParams = z.object({ id: z.string().min(1).max(64) });

export const reservationBody = z.object({
  id: z.string(),
  status: z.enum(reservationStatuses),
  scheduleId: z.number().int(),
  seatNumber: z.number().int(),
  amount: money,
  holdExpiresAt: timestamp,
  paymentDeadline: timestamp.nullable(),
  failReason: z.string().nullable().describe('Why it ended without being confirmed'),
  refund: z.enum(['NONE', 'REQUESTED', 'DONE']),
  history: z.array(z.object({ status: z.enum(reservationStatuses), at: timestamp, reason: z.string().nullable() })),
});
export const reservationPage = z.object({ items: z.array(reservationBody), nextCursor: z.string().nullable() });

export const holdHeaders = z.looseObject({
  'x-admission-token': z.string().optional().describe("The waiting room's token for this schedule"),
  'idempotency-key': z
    .string()
    .optional()
    .describe('1 to 255 printable ASCII characters; the same key is answered alike'),
});
export const holdRequest = z.object({ scheduleId: positiveIntegerSchema, seatNumber: positiveIntegerSchema });
export const heldBody = reservationBody
  .pick({ id: true, scheduleId: true, seatNumber: true, amount: true, holdExpiresAt: true })
  .extend({ status: z.literal('TEMPORARY_ASSIGNED') });
export const pendingBody = z.object({
  id: z.string(),
  status: z.literal('PAYMENT_PENDING'),
  paymentDeadline: timestamp,
});

export const scheduleBody = z.object({
  id: z.number().int(),
  startsAt: timestamp,
  opensAt: timestamp,
  salesEndAt: timestamp.nullable(),
  seatsTotal: z.number().int(),
  seatsLeft: z.number().int().describe('Neither held, being paid, sold nor blocked'),
  status: z.enum(['ON_SALE', 'SOLD_OUT', 'CANCELLED']),
});
export const concertBody = z.object({
  id: z.number().int(),
  title: z.string(),
  venue: z.string(),
  schedules: z.array(scheduleBody),
});
export const concertPage = z.object({ items: z.array(concertBody), nextCursor: z.string().nullable() });

export const seatsQuery = z.object({
  since: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a version')
    .transform(Number)
    .optional()
    .describe('A version that the client has: the answer is what changed after it, where that is still known'),
});
const seatRanges = z.array(seatRange).describe('Inclusive ranges of seat numbers, ascending');
export const seatMapBody = z.object({
  scheduleId: z.number().int(),
  version: z.number().int(),
  seatsTotal: z.number().int(),
  sections: z.array(
    z.object({
      name: z.string(),
      grade: z.string(),
      price: money,
      from: z.number().int(),
      to: z.number().int(),
      rowLength: z.number().int(),
    }),
  ),
  taken: seatRanges,
});
export const seatDeltaBody = z.object({
  scheduleId: z.number().int(),
  version: z.number().int(),
  taken: seatRanges,
  freed: seatRanges,
});

export const rankingQuery = pageQuery.pick({ limit: true });
export const rankingBody = z.object({
  items: z.array(
    z.object({
      rank: z.number().int(),
      concertId: z.number().int(),
      title: z.string(),
      venue: z.string(),
      scheduleId: z.number().int(),
      startsAt: timestamp,
      opensAt: timestamp,
      seatsTotal: z.number().int(),
      sold: z.number().int(),
      soldOutAt: timestamp.nullable(),
      secondsToSellOut: z.number().int().nullable(),
    }),
  ),
  nextCursor: z.null(),
});

const isPlain = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
const text = (max: number) => z.string().trim().min(1).max(max).refine(isPlain, 'must have no control characters');

const EARLIEST = Date.UTC(2000);
const LATEST = Date.UTC(2100);
const moment = z.iso
  .datetime({ offset: true })
  .refine((given) => EARLIEST <= Date.parse(given) && Date.parse(given) < LATEST, 'must be between 2000 and 2100')
  .transform((given) => new Date(given));

const MOST_SCHEDULES = 50;
const MOST_SECTIONS = 200;
const MOST_WON = 1_000_000_000;
const count = z.number().int().min(1).max(100_000);
const sectionPlan = z.object({
  name: text(100),
  grade: text(32),
  price: z.number().int().min(1).max(MOST_WON),
  rows: count,
  rowLength: count,
});

/** `seatsMax`: most seats of one schedule. */
export const concertRequest = (seatsMax: number) =>
  z.object({
    title: text(200),
    venue: text(200),
    schedules: z
      .array(
        z
          .object({ startsAt: moment, opensAt: moment, sections: z.array(sectionPlan).min(1).max(MOST_SECTIONS) })
          .refine(({ startsAt, opensAt }) => opensAt < startsAt, {
            path: ['opensAt'],
            message: 'must be before startsAt',
          })
          .refine(
            ({ sections }) => sections.reduce((sum, { rows, rowLength }) => sum + rows * rowLength, 0) <= seatsMax,
            {
              path: ['sections'],
              message: `must have at most ${seatsMax} seats in all`,
            },
          ),
      )
      .min(1)
      .max(MOST_SCHEDULES),
  });

export const schedulePatch = z
  .strictObject({
    startsAt: moment.optional(),
    opensAt: moment.optional(),
    salesEndAt: moment.nullable().optional(),
    cancellableUntil: moment.nullable().optional(),
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), 'must change something');

export const adminScheduleBody = z.object({
  id: z.number().int(),
  concertId: z.number().int(),
  startsAt: timestamp,
  opensAt: timestamp,
  salesEndAt: timestamp.nullable(),
  cancellableUntil: timestamp.nullable(),
  seatsTotal: z.number().int(),
  status: z.enum(['ON_SALE', 'CANCELLED']),
  cancelReason: z.string().nullable(),
});

const left = z.number().int();
export const cancellationBody = z.object({
  scheduleId: z.number().int(),
  reason: z.string().nullable(),
  finished: z.boolean().describe('Nothing is live any more, and every refund has been made'),
  live: z
    .object({ held: left, pending: left, confirmed: left })
    .describe('Reservations that are still to be ended; pending ones follow once their payment is decided'),
  refunds: z
    .object({ requested: left, done: left })
    .describe("Refunds on their way, and made; of fans' own cancellations, too"),
});

export const reasonRequest = z.object({ reason: text(200) });

/** `seatsMax`: most seats at once. */
export const blockRequest = (seatsMax: number) =>
  z
    .object({ from: positiveIntegerSchema, to: positiveIntegerSchema })
    .refine(({ from, to }) => from <= to && to - from < seatsMax, {
      path: ['to'],
      message: `must not be below from, nor ${seatsMax} or more above it`,
    });
export const blockBody = z.object({
  scheduleId: z.number().int(),
  seats: seatRanges.describe('The seats that this call has changed'),
});

export const boxOfficeQuery = z.object({
  ...pageQuery.shape,
  userId: idSchema.optional(),
  scheduleId: integerParameter.optional(),
  seatNumber: integerParameter.optional(),
});
export const boxOfficeReservation = reservationBody.extend({
  userId: z.string(),
  chargeKey: z.string().nullable().describe('The charge that the decision was taken on'),
  cancelReason: z.string().nullable(),
});
export const boxOfficePage = z.object({ items: z.array(boxOfficeReservation), nextCursor: z.string().nullable() });
