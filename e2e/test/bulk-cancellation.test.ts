import { expect, test } from 'vitest';
import { cancelShow } from '../src/bulk/cancellation.ts';
import { Kills } from '../src/bulk/kills.ts';
import { failuresOf } from '../src/bulk/report.ts';
import { runBulk } from '../src/bulk/run.ts';
import { FanSession } from '../src/client/fan-session.ts';
import { FanSocket, type Push } from '../src/client/fan-socket.ts';
import { openConcert } from '../src/crowd/opening.ts';
import { accessOf } from '../src/stack-access.ts';
import { useStack } from './use-stack.ts';

// Slow enough that there is a middle to be killed in.
const system = useStack({ env: { 'reservation-service': { CANCELLATIONS_PER_SECOND: '60' } } });

/** `npm run bulk` in small: 20,000 seats are its own command. */
test('a sold-out show is cancelled, its services are killed meanwhile: everybody has their money back, once', async () => {
  const seats = 200;
  const { api, stack } = system;
  const kills = new Kills(stack, seats, () => {});
  let killed = 0;
  const result = await runBulk({
    api,
    access: accessOf(stack),
    seats,
    ratePerSecond: 4,
    baselineMs: 1_000,
    onProgress: (progress) => kills.see(progress),
    afterwards: async () => {
      killed = await kills.over();
    },
    tell: () => {},
  });
  expect(failuresOf(result)).toEqual([]);
  expect(killed).toBe(4);
  expect(result.atCancellation.confirmed).toBeGreaterThan(0);
  expect(result.refunds).toBe(result.charges);
  expect(result.charges).toBeGreaterThanOrEqual(seats);
});

test('who waits for a show that is cancelled is told so, and nobody can join any more', async () => {
  const { api } = system;
  const { scheduleId } = await openConcert(api, 10, 'Will not be');
  const admin = await FanSession.open(api, 'box-office', ['admin']);
  const path = `/v1/admin/waiting-rooms/${scheduleId}`;
  await api.insist('room', { method: 'PUT', path, token: admin.token, body: { mode: 'paused' } });
  const fan = await FanSession.open(api, `waits-for-${scheduleId}`);
  const { body } = await fan.join(scheduleId);
  expect(body.state).toBe('WAITING');
  const socket = await FanSocket.open(system.stack.urls.edge, fan.token, scheduleId, body.ticket);
  const pushes: Push[] = [];
  socket?.onPush((push) => pushes.push(push));
  await expect.poll(() => pushes.map(({ type }) => type)).toContain('queue.position');

  await cancelShow(api, admin, scheduleId);
  await expect.poll(() => pushes.map(({ type }) => type), { timeout: 30_000 }).toContain('queue.closed');
  expect((await fan.place(scheduleId)).body).toMatchObject({ code: 'QUEUE_CLOSED' });
  const late = await FanSession.open(api, `late-for-${scheduleId}`);
  expect((await late.join(scheduleId)).body).toMatchObject({ code: 'QUEUE_CLOSED' });
  socket?.close();
});
