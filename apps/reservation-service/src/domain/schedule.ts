/** Consecutive seats of one price; seats of a schedule are numbered through its sections, in their order, from 1. */
export interface Section {
  readonly name: string;
  readonly grade: string;
  /** Won. */
  readonly price: number;
  readonly from: number;
  readonly to: number;
  readonly rowLength: number;
}

export type ScheduleStatus = 'ON_SALE' | 'CANCELLED';

/** One show of a concert, and the terms that its seats are sold on. */
export interface Schedule {
  readonly id: number;
  readonly concertId: number;
  readonly title: string;
  readonly venue: string;
  readonly startsAt: Date;
  readonly opensAt: Date;
  readonly salesEndAt: Date | null;
  readonly cancellableUntil: Date | null;
  readonly status: ScheduleStatus;
  readonly cancelReason: string | null;
  readonly seatsTotal: number;
  readonly sections: readonly Section[];
  /** Counts changes to these terms. */
  readonly termsRevision: number;
}

/** Whether seats may be held now: from `opensAt` on, up to and including `salesEndAt`, and not for a cancelled show. */
export function isSelling({ status, opensAt, salesEndAt }: Schedule, now: Date): boolean {
  return status === 'ON_SALE' && opensAt <= now && (salesEndAt === null || now <= salesEndAt);
}

/** The price of a seat in won, or null where there is no such seat. */
export function priceOf({ sections }: Pick<Schedule, 'sections'>, seatNumber: number): number | null {
  return sections.find(({ from, to }) => from <= seatNumber && seatNumber <= to)?.price ?? null;
}

/** A section as an operator describes it. */
export interface SectionPlan {
  name: string;
  grade: string;
  price: number;
  rows: number;
  rowLength: number;
}

/** Numbers the seats of a schedule through its sections. */
export function numberSeats(plans: readonly SectionPlan[]): { sections: Section[]; seatsTotal: number } {
  let seatsTotal = 0;
  const sections = plans.map(({ name, grade, price, rows, rowLength }) => {
    const from = seatsTotal + 1;
    seatsTotal += rows * rowLength;
    return { name, grade, price, from, to: seatsTotal, rowLength };
  });
  return { sections, seatsTotal };
}
