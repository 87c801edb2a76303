import { GroupCommit } from '@stagedoor/platform';
import type { FanOfSchedule, QueueReads } from './ports.ts';

const MAX_BATCH = 500;
const MAX_QUEUED = 20_000;

/**
 * Whether a place was used up: it admitted, or was given up. Asked when a ticket is shown for a place that the line does
 * not have, which after a loss is everybody at once; so the questions of a moment share one look into the database.
 */
export class SpentPlaces {
  readonly #lookUps: GroupCommit<FanOfSchedule, number>;

  constructor(reads: Pick<QueueReads, 'spentSequences'>) {
    this.#lookUps = new GroupCommit({
      name: 'spent places',
      maxBatch: MAX_BATCH,
      maxQueued: MAX_QUEUED,
      execute: async (fans) => {
        const spent = await reads.spentSequences(fans);
        return fans.map((fan) => spent.get(keyOf(fan)) ?? 0);
      },
    });
  }

  async isSpent(fan: FanOfSchedule, sequence: number): Promise<boolean> {
    return (await this.#lookUps.submit(fan)) >= sequence;
  }
}

/** How spentSequences names a fan at a schedule. */
export const keyOf = ({ scheduleId, userId }: FanOfSchedule): string => `${scheduleId}:${userId}`;
