/** How far a schedule is sold. */
export interface Sales {
  scheduleId: number;
  opensAt: Date;
  seatsTotal: number;
  sold: number;
  soldOutAt: Date | null;
}

/** Whole seconds from opening to the last seat; null while seats are left. */
export function secondsToSellOut({ opensAt, soldOutAt }: Pick<Sales, 'opensAt' | 'soldOutAt'>): number | null {
  if (soldOutAt === null) return null;
  // The opening can have been moved behind it.
  return Math.max(0, Math.round((soldOutAt.getTime() - opensAt.getTime()) / 1000));
}

/** Fastest first: sold-out schedules by the time that it took, then the others by the share that is sold. */
export function compareSales(a: Sales, b: Sales): number {
  if (a.soldOutAt !== null && b.soldOutAt !== null) {
    return timeOf(a, a.soldOutAt) - timeOf(b, b.soldOutAt) || a.scheduleId - b.scheduleId;
  }
  if (a.soldOutAt !== null) return -1;
  if (b.soldOutAt !== null) return 1;
  return b.sold / b.seatsTotal - a.sold / a.seatsTotal || a.scheduleId - b.scheduleId;
}

const timeOf = ({ opensAt }: Sales, soldOutAt: Date): number => Math.max(0, soldOutAt.getTime() - opensAt.getTime());
