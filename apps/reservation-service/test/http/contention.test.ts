import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aFan, aShow } from '../app/people.ts';
import { type App, type Stage, setStage } from '../app/test-app.ts';

const countOf = <T>(items: readonly T[], wanted: T): number => items.filter((item) => item === wanted).length;

let stage: Stage;
let replicas: App[];

beforeAll(async () => {
  stage = await setStage();
  replicas = [stage.app(), stage.app()];
});
afterAll(() => stage.strike());

const replica = (index: number): App => replicas[index % replicas.length] as App;

describe.each([
  ['one replica', 1],
  ['two replicas on one database', 2],
])('%s', (_, count) => {
  test.each(Array.from({ length: 10 }, (_, index) => index + 1))(
    '100 fans hold one seat at the same moment: one has it (round %i)',
    async () => {
      const show = await aShow(stage, replica(0));
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) => aFan(stage, `fan-${index}`).hold(replica(index % count), show, 7)),
      );
      const statuses = answers.map(({ status }) => status);
      expect([countOf(statuses, 201), countOf(statuses, 409)]).toEqual([1, 99]);
      const codes = new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body.code));
      expect([...codes]).toEqual(['SEAT_TAKEN']);
    },
  );

  test('one fan holds 20 different seats at the same moment: exactly 4', async () => {
    const show = await aShow(stage, replica(0));
    const fan = aFan(stage, 'greedy');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => fan.hold(replica(index % count), show, index + 1)),
    );
    const statuses = answers.map(({ status }) => status);
    expect([countOf(statuses, 201), countOf(statuses, 409)]).toEqual([4, 16]);
    const codes = new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body.code));
    expect([...codes]).toEqual(['HOLD_LIMIT_REACHED']);
  });
});
