import { Generator } from '../load/generator.ts';
import { columnFile } from '../seed/column-file.ts';
import { publishConcert } from '../system/concert.ts';
import { holdRequest } from './holds.ts';
import { measureCall } from './measure-call.ts';
import { mostArrivals, type Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

const SEATS = 50_000;
const READS_PER_SECOND = 2_000;
const HOLDS_PER_SECOND = 300;

/** Readers of one large seat map while it sells, so that no two seconds show the same. */
export const seatmap: Suite = {
  name: 'seatmap',
  summary: `whole seat maps of ${SEATS} seats, ${READS_PER_SECOND}/s offered, while ${HOLDS_PER_SECOND} seats/s are held`,
  besideSeconds: 55,
  emptyCalls: [{ admission: false, ratePerSecond: READS_PER_SECOND }],
  async run(context) {
    const record = await withSystem(
      context,
      { floor: { post: 'fan', calls: 1 + HOLDS_PER_SECOND / READS_PER_SECOND } },
      async (system, generator) => {
        const [scheduleId] = (await publishConcert(system, context.keys, [SEATS])) as [number];
        const sales = HOLDS_PER_SECOND * context.scale;
        const buyers = mostArrivals(sales, context);
        const seller = await Generator.start();
        try {
          const selling = seller.run({
            ...system.edge,
            request: holdRequest,
            columns: {
              fan: { file: await context.tokens.fans(buyers) },
              admission: { file: await context.tokens.admissions(scheduleId, buyers) },
              schedule: { file: columnFile(context.folder, 'seatmap-schedule', [scheduleId]), repeats: true },
              // Every seventh seat, so that ranges are short: a hall in the middle of its sale.
              seat: {
                file: columnFile(
                  context.folder,
                  'seatmap-seats',
                  Array.from({ length: SEATS }, (_, index) => ((index * 7) % SEATS) + 1),
                ),
              },
            },
            ratePerSecond: sales,
            warmUpMs: context.warmUpMs,
            measureMs: context.measureMs,
            seed: 2,
            connections: { initial: 16, most: 500 },
            drainMs: 15_000,
            expected: [201],
          });
          const read = await measureCall(system, generator, context, {
            name: 'seatmap',
            request: { method: 'GET', path: `/v1/schedules/${scheduleId}/seats` },
            columns: {},
            ratePerSecond: READS_PER_SECOND * context.scale,
            expected: [200],
          });
          const { status } = await selling;
          const held = status.reduce((sum, code) => sum + Number(code === 201), 0);
          const answer = await fetch(`http://${system.edge.host}:${system.edge.port}/v1/schedules/${scheduleId}/seats`);
          const kilobytes = (await answer.text()).length / 1000;
          return { ...read, extra: { 'seats held meanwhile': held, 'kB of the last map': kilobytes } };
        } finally {
          seller.stop();
        }
      },
    );
    return { seatmap: record };
  },
};
