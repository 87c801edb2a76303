import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Stack } from '../../infra/stack/index.mjs';
import type { ApiClient } from '../src/client/api-client.ts';
import type { FanSession } from '../src/client/fan-session.ts';
import { openConcert } from '../src/crowd/opening.ts';
import { admitted, admittedFans, newFan, payFor, reaches, refunded } from '../test/steps.ts';
import { type Backup, backUp } from './backups.ts';

export const PRICE = 150_000;

/** One purchase of a fan, by what happened to it around the backup. */
export interface Purchase {
  fan: FanSession;
  id: string;
}

/** A sale in whose middle a backup was taken; all is settled after it. */
export interface MidRun {
  backup: Backup;
  scheduleId: number;
  /** A show that was published after the backup. */
  laterScheduleId: number;
  /** CONFIRMED before the backup, and nothing since. */
  untouched: Purchase;
  /** CONFIRMED before the backup, cancelled and refunded after it. */
  cancelled: Purchase;
  /** Held before the backup, paid after it. */
  held: Purchase;
  /** Its payment was pending at the backup. */
  pending: Purchase;
  /** Held and paid after the backup. */
  unknown: Purchase;
  /** As that, with money that came after the backup, under this key. */
  toppedUp: Purchase & { topUpKey: string };
}

/** Plays a sale, and takes a backup of one database in its middle. */
export async function playAroundBackup(stack: Stack, api: ApiClient, database: string): Promise<MidRun> {
  const { scheduleId, visitors } = await admittedFans(api);
  const at = (index: number) => visitors[index] as (typeof visitors)[number];
  const pay = async (index: number): Promise<Purchase> => {
    const { fan, seat, admission } = at(index);
    return { fan, id: (await payFor(fan, scheduleId, seat, admission)).id };
  };
  const late = await newFan(api, 0);
  const lateAdmission = await admitted(late, scheduleId);

  const [untouched, cancelled] = await Promise.all([pay(0), pay(1)]);
  for (const { fan, id } of [untouched, cancelled]) await reaches(fan, id, 'CONFIRMED');
  await stack.stopApp('payment-worker');
  const pending = await pay(2);
  const hold = await at(3).fan.hold(scheduleId, at(3).seat, at(3).admission);
  const held = { fan: at(3).fan, id: hold.body.id };
  const backup = await backUp(stack, database);

  expect((await held.fan.pay(held.id, randomUUID())).status).toBe(202);
  await stack.startApp('payment-worker');
  const unknown = await pay(4);
  const topUpKey = randomUUID();
  expect((await late.topUp(PRICE, topUpKey)).status).toBe(201);
  const toppedUp = { fan: late, topUpKey, id: (await payFor(late, scheduleId, 20, lateAdmission)).id };
  for (const { fan, id } of [pending, held, unknown, toppedUp]) await reaches(fan, id, 'CONFIRMED');
  await cancelled.fan.cancel(cancelled.id);
  await refunded(cancelled.fan, cancelled.id);
  const { scheduleId: laterScheduleId } = await openConcert(api, 25, 'A later show');
  return { backup, scheduleId, laterScheduleId, untouched, cancelled, held, pending, unknown, toppedUp };
}
