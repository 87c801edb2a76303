import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reservation, SeatMap } from '../client/answers.ts';
import { problemCode } from '../client/answers.ts';
import { FanSession } from '../client/fan-session.ts';
import { FanSocket } from '../client/fan-socket.ts';
import { awaitAdmission } from './admission.ts';
import type { Character } from './character.ts';
import { awaitOutcome } from './outcome.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const NO_SEAT_PAUSE_MS = 1_500;

/** Sleeps, but not longer than the run lasts. */
async function pause(ms: number, over: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: over }).catch(() => {});
}

function freeSeats({ seatsTotal, taken }: SeatMap): number[] {
  const isTaken = new Set(
    taken.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index)),
  );
  return Array.from({ length: seatsTotal }, (_, index) => index + 1).filter((seat) => !isTaken.has(seat));
}

const priceOf = ({ sections }: SeatMap): number => Math.max(...sections.map(({ price }) => price));

/** Looks for a free seat until one is held; null when the run is over or this fan may not hold. */
async function holdSomeSeat(
  fan: FanSession,
  admission: string,
  random: Random,
  world: World,
): Promise<Reservation | null> {
  while (!world.over.aborted) {
    const map = await fan.seats(world.scheduleId);
    const seat = map.status === 200 ? random.pick(freeSeats(map.body)) : undefined;
    if (seat === undefined) {
      await pause(random.around(NO_SEAT_PAUSE_MS), world.over);
      continue;
    }
    const held = await fan.hold(world.scheduleId, seat, admission);
    if (held.status === 201) {
      world.tally.count('held');
      return held.body;
    }
    const code = problemCode(held.body) ?? `status ${held.status}`;
    world.tally.count(`hold refused: ${code}`);
    if (code !== 'SEAT_TAKEN') return null;
  }
  return null;
}

/** Presses the pay button as this kind of fan does; true once the payment is accepted. */
async function pay(fan: FanSession, reservation: Reservation, character: Character, world: World): Promise<boolean> {
  const key = randomUUID();
  const clicks = [fan.pay(reservation.id, key)];
  if (character.doubleClicks) clicks.push(fan.pay(reservation.id, key));
  const answers = await Promise.all(clicks);
  const accepted = answers.some(({ status }) => status === 202);
  if (accepted && character.paysInTwoTabs) {
    const again = await fan.pay(reservation.id, randomUUID());
    world.tally.count(again.status === 409 ? 'second payment refused' : `second payment: status ${again.status}`);
  }
  if (accepted) world.tally.count('paid');
  else world.tally.count(`pay refused: ${problemCode(answers[0]?.body) ?? answers[0]?.status}`);
  return accepted;
}

/** One attempt from a held seat to its end. Says whether this fan is done. */
async function purchase(
  fan: FanSession,
  socket: FanSocket | null,
  reservation: Reservation,
  character: Character,
  world: World,
): Promise<'done' | 'again'> {
  const { tally } = world;
  if (character.vanishes) {
    tally.count('vanished with a seat');
    return 'done';
  }
  if (character.changesMind) {
    character.changesMind = false;
    await fan.cancel(reservation.id);
    tally.count('let go');
    return 'again';
  }
  await pause(character.dawdles ? world.holdTtlMs * 1.2 : character.thinkMs, world.over);
  character.dawdles = false;
  if (!(await pay(fan, reservation, character, world))) return 'again';

  const started = performance.now();
  const outcome = await awaitOutcome(fan, socket, reservation.id);
  tally.count(outcome ?? 'no outcome');
  if (outcome !== null) {
    tally.time('pay to outcome', performance.now() - started);
    world.settled(performance.now() - started);
  }
  if (outcome === 'CONFIRMED') {
    if (!character.regrets || world.over.aborted) return 'done';
    character.regrets = false;
    const cancelled = await fan.cancel(reservation.id);
    tally.count(cancelled.status === 202 ? 'cancelled' : `cancellation: status ${cancelled.status}`);
    return 'done';
  }
  if (outcome === 'PAYMENT_FAILED' && character.poor) {
    if (!character.comesBackWithMoney) return 'done';
    character.poor = false;
    await fan.topUp(reservation.amount);
    tally.count('came back with money');
  }
  return 'again';
}

/** A whole visit: arrive, wait, be admitted, buy or not, leave. Never throws for what the system answers. */
export async function visit(index: number, character: Character, world: World): Promise<void> {
  const { over, tally, scheduleId } = world;
  const random = world.random.fork(index);
  await pause(character.arrivesAfterMs, over);
  if (over.aborted) return;
  const fan = await FanSession.open(world.api, `${world.fanPrefix}-${index}`);
  const map = await fan.seats(scheduleId);
  await fan.topUp(character.poor ? 1_000 : priceOf(map.body) * 2);
  tally.count('arrived');

  let socket: FanSocket | null = null;
  let done = false;
  try {
    while (!done && !over.aborted) {
      const joined = await fan.join(scheduleId);
      if (joined.status !== 200 && joined.status !== 201) {
        tally.count(`join refused: ${problemCode(joined.body) ?? joined.status}`);
        return;
      }
      tally.count(joined.status === 201 ? 'joined' : 'joined again');
      if (character.listens && socket?.isOpen !== true) {
        socket = await FanSocket.open(world.baseUrl, fan.token, scheduleId, joined.body.ticket);
        socket?.onPush((push) => world.heard(fan.userId, push));
      }
      if (character.givesUpWaiting && joined.body.state !== 'ADMITTED') {
        tally.count('gave up waiting');
        break;
      }
      const joinedAt = performance.now();
      const admission = await awaitAdmission(fan, socket, joined.body, world);
      if (admission === null) break;
      tally.time('join to admission', performance.now() - joinedAt);
      const reservation = await holdSomeSeat(fan, admission, random, world);
      if (reservation === null) continue;
      world.purchasing += 1;
      try {
        done = (await purchase(fan, socket, reservation, character, world)) === 'done';
      } finally {
        world.purchasing -= 1;
      }
    }
    if (!character.vanishes) await fan.leave(scheduleId);
  } finally {
    socket?.close();
  }
}
