import { readFileSync } from 'node:fs';
import type { RequestTemplate } from '../load/load-job.ts';
import { columnFile } from '../seed/column-file.ts';
import { publishConcert } from '../system/concert.ts';
import { measureCall } from './measure-call.ts';
import { schedulesFor } from './schedules.ts';
import { type BenchContext, mostArrivals, type Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

const RATE_PER_SECOND = 3_000;
const CONTENDED_RATE_PER_SECOND = 5_000;
const CONTENDERS = 1_000;
const CONTENDED_SEATS = 10;

/** A hold, with the columns fan, admission, schedule and seat. */
export const holdRequest: RequestTemplate = {
  method: 'POST',
  path: '/v1/reservations',
  headers: { authorization: 'Bearer {fan}', 'x-admission-token': '{admission}' },
  body: '{"scheduleId":{schedule},"seatNumber":{seat}}',
};

/** Distinct fans, seats and admission tokens, none seen before. */
export const holds: Suite = {
  name: 'holds',
  summary: `holds of distinct seats by distinct fans, ${RATE_PER_SECOND}/s offered`,
  besideSeconds: 70,
  emptyCalls: [{ admission: true, ratePerSecond: RATE_PER_SECOND }],
  async run(context) {
    const ratePerSecond = RATE_PER_SECOND * context.scale;
    const count = mostArrivals(ratePerSecond, context);
    const record = await withSystem(context, { floor: { post: 'admitted' } }, async (system, generator) => {
      const seats = schedulesFor(count);
      const ids = await publishConcert(system, context.keys, seats);
      const places = ids.flatMap((schedule, index) =>
        Array.from({ length: seats[index] as number }, (_, seat) => ({ schedule, seat: seat + 1 })),
      );
      const column = (name: string, values: number[]) => ({
        file: columnFile(context.folder, `holds-${name}`, values),
      });
      return measureCall(system, generator, context, {
        name: 'holds',
        request: holdRequest,
        columns: {
          fan: { file: await context.tokens.fans(count) },
          admission: { file: await admissionsInTurn(context, ids, seats, count) },
          schedule: column(
            'schedules',
            places.map(({ schedule }) => schedule),
          ),
          seat: column(
            'seats',
            places.map(({ seat }) => seat),
          ),
        },
        ratePerSecond,
        expected: [201],
      });
    });
    return { holds: record };
  },
};

/** A thousand fans who all want the same ten seats, again and again. */
export const holdsContention: Suite = {
  name: 'holds-contention',
  summary: `${CONTENDERS} fans on ${CONTENDED_SEATS} seats, ${CONTENDED_RATE_PER_SECOND}/s offered`,
  besideSeconds: 55,
  emptyCalls: [{ admission: true, ratePerSecond: CONTENDED_RATE_PER_SECOND }],
  async run(context) {
    const ratePerSecond = CONTENDED_RATE_PER_SECOND * context.scale;
    const record = await withSystem(context, { floor: { post: 'admitted' } }, async (system, generator) => {
      const [schedule] = (await publishConcert(system, context.keys, [1_000])) as [number];
      // Each fan tries each seat: 1,000 and 10 would always meet alike, so the seats are shifted round by round.
      const seats = Array.from(
        { length: CONTENDERS * CONTENDED_SEATS },
        (_, index) => ((index + Math.floor(index / CONTENDERS)) % CONTENDED_SEATS) + 1,
      );
      const firstFans = async (file: string, name: string) =>
        columnFile(context.folder, name, readFileSync(file, 'latin1').split('\n').slice(0, CONTENDERS));
      const record = await measureCall(system, generator, context, {
        name: 'holds-contention',
        request: holdRequest,
        columns: {
          fan: { file: await firstFans(await context.tokens.fans(CONTENDERS), 'contenders'), repeats: true },
          admission: {
            file: await firstFans(await context.tokens.admissions(schedule, CONTENDERS), 'contenders-admissions'),
            repeats: true,
          },
          schedule: { file: columnFile(context.folder, 'contended-schedule', [schedule]), repeats: true },
          seat: { file: columnFile(context.folder, 'contended-seats', seats), repeats: true },
        },
        ratePerSecond,
        expected: [201, 409],
      });
      const [row] = (await (
        await system.database('reservation')
      ).query('SELECT COUNT(*) AS held FROM reservations WHERE schedule_id = ?', [schedule])) as {
        held: number;
      }[];
      return { ...record, extra: { 'seats held': Number(row?.held) } };
    });
    return { 'holds-contention': record };
  },
};

/** Fan i's admission to the schedule of seat i, in one file. */
async function admissionsInTurn(
  context: BenchContext,
  ids: readonly number[],
  seats: readonly number[],
  count: number,
): Promise<string> {
  const lines: string[] = [];
  for (const [index, id] of ids.entries()) {
    const until = Math.min(count, lines.length + (seats[index] as number));
    const file = await context.tokens.admissions(id, until);
    lines.push(...readFileSync(file, 'latin1').split('\n').slice(lines.length, until));
  }
  return columnFile(context.folder, 'holds-admissions', lines);
}
