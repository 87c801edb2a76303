import { eventually } from '@stagedoor/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newFan, newSchedule, type Replica, type World, world } from './harness.ts';

let w: World;
let gateway: Replica;

beforeAll(async () => {
  w = await world();
  gateway = await w.replica();
});
afterAll(() => w.close());

async function admitted(scheduleId: number, fan: string) {
  return eventually(async () => {
    const answer = await gateway.call('GET', `/v1/schedules/${scheduleId}/queue/me`, { fan });
    expect(answer.body.state).toBe('ADMITTED');
    return answer.body;
  }, 10_000);
}

describe('joining', () => {
  test('is answered with a place, then with an admission token that the verifier takes', async () => {
    const scheduleId = newSchedule();
    await w.room(scheduleId);
    const fan = newFan();
    const joined = await gateway.call('POST', `/v1/schedules/${scheduleId}/queue`, { fan, body: {} });
    expect(joined.status).toBe(201);
    expect(joined.body).toMatchObject({ state: 'WAITING', position: 1, ahead: 0, ticket: expect.any(String) });

    const place = await admitted(scheduleId, fan);
    expect(place).toMatchObject({ position: 0, ahead: 0, etaSeconds: 0 });
    const admission = await w.keys.admissionVerifier.verify(place.admissionToken);
    expect(admission).toMatchObject({ userId: fan, scheduleId });
    expect(admission.expiresAt.toISOString()).toBe(place.admissionExpiresAt);
    const again = await gateway.call('POST', `/v1/schedules/${scheduleId}/queue`, { fan, body: {} });
    expect(again).toMatchObject({ status: 200, body: { state: 'ADMITTED', admissionToken: place.admissionToken } });
  });
});
