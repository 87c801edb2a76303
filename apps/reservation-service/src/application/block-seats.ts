import type { Clock, UnitOfWork } from '@stagedoor/platform';
import { type Rejected, rejected } from '../domain/reservation.ts';
import { type SeatRange, toRanges } from '../domain/seat-ranges.ts';
import { Changes, type Recorder } from './changes.ts';
import type { SeatClaim, Tx } from './ports.ts';

export interface BlockCommand {
  scheduleId: number;
  from: number;
  to: number;
  actor: string;
}

export interface BlockSeatsOptions extends Recorder {
  unitOfWork: UnitOfWork<Tx>;
  clock: Clock;
}

export type BlockVerdict =
  | { kind: 'done'; seats: SeatRange[] }
  | { kind: 'taken'; seats: SeatRange[] }
  | Rejected<'NOT_FOUND' | 'SEAT_NOT_FOUND'>;

/** Undoes the transaction that it is thrown in; what was found is the answer. */
class SeatsTaken extends Error {
  override readonly name = 'SeatsTaken';
  readonly seats: number[];

  constructor(seats: number[]) {
    super(`${seats.length} seats are taken`);
    this.seats = seats;
  }
}

/**
 * Takes house seats off the sale: claims without a reservation, all or none. Blocked before is no hindrance; a seat that
 * a fan has is. Answers which seats were blocked by this.
 */
export async function blockSeats(command: BlockCommand, options: BlockSeatsOptions): Promise<BlockVerdict> {
  try {
    return await options.unitOfWork.run((tx) => block(command, tx, options));
  } catch (error) {
    if (error instanceof SeatsTaken) return { kind: 'taken', seats: toRanges(error.seats) };
    throw error;
  }
}

async function block(command: BlockCommand, tx: Tx, options: BlockSeatsOptions): Promise<BlockVerdict> {
  const { scheduleId, from, to } = command;
  const found = await lockRange(command, tx);
  if (found.kind === 'rejected') return found;
  const claimed = new Set(found.claims.map(({ seatNumber }) => seatNumber));
  const wanted: SeatClaim[] = [];
  for (let seatNumber = from; seatNumber <= to; seatNumber++) {
    if (!claimed.has(seatNumber)) wanted.push({ scheduleId, seatNumber, reservationId: null });
  }
  const owners = wanted.length === 0 ? [] : await tx.claims.take(wanted);
  const taken = [...found.claims, ...owners].filter(({ reservationId }) => reservationId !== null);
  if (taken.length > 0) throw new SeatsTaken(taken.map(({ seatNumber }) => seatNumber).sort((a, b) => a - b));
  return write('block', command, wanted, tx, new Changes(options, options.clock.now()));
}

/** Puts blocked seats on sale again; seats that are not blocked are left alone. Answers which were freed by this. */
export async function unblockSeats(command: BlockCommand, options: BlockSeatsOptions): Promise<BlockVerdict> {
  return options.unitOfWork.run(async (tx) => {
    const found = await lockRange(command, tx);
    if (found.kind === 'rejected') return found;
    const blocked = found.claims.filter(({ reservationId }) => reservationId === null);
    if (blocked.length > 0) await tx.claims.free(blocked);
    return write('unblock', command, blocked, tx, new Changes(options, options.clock.now()));
  });
}

/** The schedule's lock keeps other operators out, so a block that is seen here is not theirs of this moment. */
async function lockRange(
  { scheduleId, from, to }: BlockCommand,
  tx: Tx,
): Promise<{ kind: 'found'; claims: SeatClaim[] } | Rejected<'NOT_FOUND' | 'SEAT_NOT_FOUND'>> {
  const schedule = await tx.schedules.lock(scheduleId);
  if (schedule === null) return rejected('NOT_FOUND');
  if (to > schedule.seatsTotal) return rejected('SEAT_NOT_FOUND');
  const claims = await tx.claims.findFrom(scheduleId, from, to - from + 1);
  return { kind: 'found', claims: claims.filter(({ seatNumber }) => seatNumber <= to) };
}

async function write(
  action: 'block' | 'unblock',
  { scheduleId, from, to, actor }: BlockCommand,
  claims: readonly SeatClaim[],
  tx: Tx,
  changes: Changes,
): Promise<BlockVerdict> {
  const seats = claims.map(({ seatNumber }) => seatNumber);
  changes.applyBlocks(scheduleId, seats, action);
  const detail = { from, to, seats: seats.length };
  await tx.audit.add({ at: changes.now, actor, action: `seats.${action}`, subject: String(scheduleId), detail });
  await changes.finish(tx);
  return { kind: 'done', seats: toRanges(seats) };
}
