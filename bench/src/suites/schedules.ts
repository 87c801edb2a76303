/** Seats of one schedule: a stadium's. More are spread over several, as a tour's are. */
const SEATS_PER_SCHEDULE = 50_000;
const ROW_LENGTH = 100;

/** Seats of as many schedules as are needed for this many seats; a section's rows are whole. */
export function schedulesFor(seats: number): number[] {
  const whole = Math.floor(seats / SEATS_PER_SCHEDULE);
  const rest = Math.ceil((seats - whole * SEATS_PER_SCHEDULE) / ROW_LENGTH) * ROW_LENGTH;
  return [...Array<number>(whole).fill(SEATS_PER_SCHEDULE), ...(rest > 0 ? [rest] : [])];
}
