import { recordOf } from '../measure/record.ts';
import { fansIn, fillWaitingRoom } from '../seed/waiting-room.ts';
import { publishConcert } from '../system/concert.ts';
import { offer } from './measure-call.ts';
import { mostArrivals, type Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

const RATE_PER_SECOND = 10_000;
const JOINED = 201;

/** Joins by distinct fans whose RS256 tokens nobody has seen, with this many waiting already. */
export const joins = (waiting: number): Suite => {
  const name = waiting === 0 ? 'joins-0' : `joins-${waiting / 1000}k`;
  return {
    name,
    summary: `joins by fans seen for the first time, ${waiting} waiting, ${RATE_PER_SECOND}/s offered`,
    besideSeconds: 30 + waiting / 20_000,
    emptyCalls: [{ admission: false, ratePerSecond: RATE_PER_SECOND }],
    async run(context) {
      const ratePerSecond = RATE_PER_SECOND * context.scale;
      const alreadyThere = Math.round(waiting * context.scale);
      const record = await withSystem(context, {}, async (system, generator) => {
        const [scheduleId] = (await publishConcert(system, context.keys, [1_000])) as [number];
        context.progress(`${name}: putting ${alreadyThere} fans into the line`);
        await fillWaitingRoom(system, scheduleId, alreadyThere);
        const before = await fansIn(system, scheduleId);
        const measured = await offer(system, generator, context, {
          name,
          request: {
            method: 'POST',
            path: `/v1/schedules/${scheduleId}/queue`,
            headers: { authorization: 'Bearer {fan}' },
          },
          columns: { fan: { file: await context.tokens.fans(mostArrivals(ratePerSecond, context)) } },
          ratePerSecond,
          expected: [JOINED],
        });
        const record = recordOf(measured, new Set([JOINED]));
        const joined = measured.load.status.reduce((sum, code) => sum + Number(code === JOINED), 0);
        // Every fan who was told so has a place.
        const found = (await fansIn(system, scheduleId)) - before;
        if (found === joined) return record;
        return {
          ...record,
          valid: false,
          notes: [...(record.notes ?? []), `${joined} were told that they joined, ${found} are there`],
        };
      });
      return { [name]: record };
    },
  };
};
