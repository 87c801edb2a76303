import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants, type InvariantReport, type SystemAccess } from '@stagedoor/testkit';
import type { ApiClient } from '../client/api-client.ts';
import { FanSession } from '../client/fan-session.ts';
import { openConcert } from '../crowd/opening.ts';
import type { Tally } from '../crowd/tally.ts';
import { cancelShow, type Progress, untilFinished } from './cancellation.ts';
import { missingMoney } from './money-back.ts';
import { OtherShow } from './other-show.ts';
import { openDoors, sellSeats, type Until } from './sell-out.ts';

export interface BulkRun {
  api: ApiClient;
  access: SystemAccess;
  seats: number;
  ratePerSecond: number;
  baselineMs: number;
  /** Sees each look at the progress, e.g. to kill somebody. */
  onProgress(progress: Progress): void;
  /** Called when everybody has their money back, before the end state is looked at. */
  afterwards(): Promise<unknown>;
  tell(text: string): void;
}

export interface BulkResult {
  seats: number;
  sellMs: number;
  /** How long the operator waited for the answer. */
  cancelAnswerMs: number;
  /** From the cancellation on. */
  allEndedMs: number;
  allRefundedMs: number;
  /** What was live at the first look after it. */
  atCancellation: Progress['live'];
  charges: number;
  refunds: number;
  faults: string[];
  /** What the other show's fans saw, before and during. */
  other: ReadonlyMap<string, Tally>;
  invariants: InvariantReport;
}

// Seats that are only held when the show is cancelled, and those whose payment is still on its way: a share of all.
const UNFINISHED_SHARE = 0.01;
// The other show has seats for this long after the cancellation.
const OTHER_SHOW_MS = 30_000;
const OTHER_SHOW_MS_PER_SEAT = 10;
const LIMIT_MS = 600_000;
const SETTLE_MS = 120_000;
const HOLD_LIMIT = 4;
const SWEEP_MS = 5_000;

/** Sells a show out, cancels it beside another that sells on, and looks at what became of everybody. */
export async function runBulk(run: BulkRun): Promise<BulkResult> {
  const { api, seats, ratePerSecond, baselineMs, tell, access } = run;
  const admin = await FanSession.open(api, 'box-office', ['admin']);
  const unfinished = Math.max(4, Math.ceil(seats * UNFINISHED_SHARE));
  const { scheduleId } = await openConcert(api, seats + 2 * unfinished, 'To be cancelled');
  const otherMs = baselineMs + OTHER_SHOW_MS + seats * OTHER_SHOW_MS_PER_SEAT;
  const purchases = Math.ceil((ratePerSecond * otherMs) / 1000);
  const { scheduleId: otherId } = await openConcert(api, purchases, 'Sells on');
  for (const each of [scheduleId, otherId]) await openDoors(api, admin, each);

  tell(`selling ${seats} seats`);
  const began = performance.now();
  let sold = 0;
  const sell = (from: number, to: number, until: Until) =>
    sellSeats({ api, scheduleId, from, to, until }, (count) => {
      if (Math.floor((sold + count) / 2_000) > Math.floor(sold / 2_000)) tell(`  ${sold + count} sold`);
      sold += count;
    });
  const buyers = await sell(1, seats, 'confirmed');
  const sellMs = performance.now() - began;
  buyers.push(...(await sell(seats + 1, seats + unfinished, 'held')));
  const other = await OtherShow.prepare(api, otherId, purchases);

  tell(`the other show sells ${ratePerSecond} seats per second`);
  other.phase('before');
  other.start(ratePerSecond);
  await sleep(baselineMs);

  buyers.push(...(await sell(seats + unfinished + 1, seats + 2 * unfinished, 'paid')));
  other.phase('meanwhile');
  const cancelledAt = performance.now();
  const since = (): number => performance.now() - cancelledAt;
  const cancelAnswerMs = await cancelShow(api, admin, scheduleId);
  let atCancellation: Progress['live'] | undefined;
  let allEndedMs = 0;
  await untilFinished({ api, admin, scheduleId, limitMs: LIMIT_MS }, (progress) => {
    atCancellation ??= progress.live;
    const { held, pending, confirmed } = progress.live;
    if (held + pending + confirmed === 0) allEndedMs ||= since();
    run.onProgress(progress);
  });
  const allRefundedMs = since();
  tell(`everybody has their money back after ${Math.round(allRefundedMs / 100) / 10} s`);
  const phases = await other.stop();
  await run.afterwards();

  tell('checking the invariants once everything has settled');
  const invariants = await checkInvariants(access, { holdLimit: HOLD_LIMIT, sweepMs: SWEEP_MS }, SETTLE_MS);
  return {
    seats,
    sellMs,
    cancelAnswerMs,
    allEndedMs,
    allRefundedMs,
    atCancellation: atCancellation as Progress['live'],
    ...(await missingMoney(access, scheduleId, buyers)),
    other: phases,
    invariants,
  };
}
