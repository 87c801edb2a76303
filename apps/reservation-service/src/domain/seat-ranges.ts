/** Inclusive: from, to. */
export type SeatRange = readonly [number, number];

/** Ascending seat numbers as ranges, so that a map of 50,000 seats stays small (design §6). */
export function toRanges(ascending: Iterable<number>): SeatRange[] {
  const ranges: [number, number][] = [];
  for (const seat of ascending) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === seat - 1) last[1] = seat;
    else ranges.push([seat, seat]);
  }
  return ranges;
}

/** The seats of ranges, in their order. */
export function* seatsIn(ranges: Iterable<SeatRange>): Generator<number> {
  for (const [from, to] of ranges) for (let seat = from; seat <= to; seat++) yield seat;
}
