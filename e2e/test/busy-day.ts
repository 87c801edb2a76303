import { randomUUID } from 'node:crypto';
import { eventually } from '@stagedoor/testkit';
import { expect } from 'vitest';
import type { Stack } from '../../infra/stack/index.mjs';
import type { ApiClient } from '../src/client/api-client.ts';
import { FanSession } from '../src/client/fan-session.ts';
import { produce } from './kcat.ts';
import { admittedFans, payFor, reaches, refunded } from './steps.ts';

/** Short times, so that holds lapse and payments expire while a test waits. */
export const busyDayEnv = {
  'reservation-service': {
    HOLD_TTL_MS: '4000',
    PAYMENT_TIMEOUT_MS: '8000',
    SWEEP_INTERVAL_MS: '500',
    REPUBLISH_AFTER_MS: '2000',
  },
  'result-worker': { SWEEP_INTERVAL_MS: '500', KAFKA_RECOVERY_GRACE_MS: '2000' },
};

/** What fans did on it, by what became of their reservation. */
export interface BusyDay {
  scheduleId: number;
  fans: FanSession[];
  ids: Record<'confirmed' | 'cancelled' | 'failed' | 'released' | 'lapsed' | 'expired', string>;
}

/**
 * A small sale in which everything happens once: seats confirmed, a purchase given back, a payment that fails, holds let go
 * and lapsed, a payment that nobody made in time, a foreign program's charge, and dead letters, one of them replayed.
 */
export async function busyDay(stack: Stack, api: ApiClient): Promise<BusyDay> {
  const { scheduleId, visitors } = await admittedFans(api);
  const at = (index: number) => visitors[index] as (typeof visitors)[number];
  const pay = ({ fan, seat, admission }: (typeof visitors)[number], seatNumber = seat) =>
    payFor(fan, scheduleId, seatNumber, admission);
  const hold = async ({ fan, seat, admission }: (typeof visitors)[number]) => {
    const held = await fan.hold(scheduleId, seat, admission);
    expect(held.status).toBe(201);
    return held.body.id;
  };
  const confirmed = await Promise.all([0, 1, 2, 3].map((index) => pay(at(index))));
  await Promise.all(confirmed.map(({ id }, index) => reaches(at(index).fan, id, 'CONFIRMED')));
  // The wallet is empty after the first seat.
  const failed = await pay(at(1), 21);
  await reaches(at(1).fan, failed.id, 'PAYMENT_FAILED');
  const cancelled = confirmed[0]?.id as string;
  await at(0).fan.cancel(cancelled);
  await refunded(at(0).fan, cancelled);
  const released = await hold(at(4));
  await at(4).fan.cancel(released);
  const lapsed = await hold(at(5));
  await deadLetters(stack, api, at(6).fan);
  await stack.stopApp('payment-worker');
  const expired = await pay(at(7));
  await reaches(at(7).fan, expired.id, 'EXPIRED');
  await stack.startApp('payment-worker');
  await reaches(at(5).fan, lapsed, 'EXPIRED');
  return {
    scheduleId,
    fans: visitors.map(({ fan }) => fan),
    ids: { confirmed: confirmed[1]?.id as string, cancelled, failed: failed.id, released, lapsed, expired: expired.id },
  };
}

/** A foreign program's requests: a good one three times over, and bad ones, of which one is repaired and one discarded. */
async function deadLetters(stack: Stack, api: ApiClient, fan: FanSession): Promise<void> {
  const reservationId = `foreign-${randomUUID()}`;
  const good = JSON.stringify({
    reservationId,
    userId: fan.userId,
    amount: 30_000,
    idempotencyKey: `order-${reservationId}`,
    scheduleId: 99,
    seatNumber: 1,
    requestedAt: new Date().toISOString(),
  });
  const repaired = good.replaceAll(reservationId, `${reservationId}-2`);
  const bad = ['not JSON', '{}', 'nor this'];
  await produce(stack, 'payment-requests', fan.userId, [good, good, good, ...bad]);
  const { token } = await FanSession.open(api, 'operator', ['admin']);
  const path = '/v1/admin/dead-letters';
  let letters: { id: string }[] = [];
  await eventually(async () => {
    const page = await api.call<{ items: { id: string }[] }>('dead letters', { method: 'GET', path, token });
    letters = page.body.items;
    expect(letters).toHaveLength(bad.length);
  }, 30_000);
  const order = (id: string | undefined, action: string, body: object) =>
    api.call('dead letters', { method: 'POST', path: `${path}/${id}/${action}`, token, body });
  expect((await order(letters[0]?.id, 'replay', { reason: 'repaired', value: repaired })).status).toBe(202);
  expect((await order(letters[1]?.id, 'discard', { reason: 'nobody wants it' })).status).toBe(202);
  await eventually(async () => expect((await fan.wallet()).body.balance).toBe(90_000), 30_000);
}
