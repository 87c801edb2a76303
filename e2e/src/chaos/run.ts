import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkInvariants } from '@stagedoor/testkit';
import { findFaketime } from '../../../infra/bootstrap/faketime.mjs';
import { homeFolder, type Stack } from '../../../infra/stack/index.mjs';
import { ApiClient } from '../client/api-client.ts';
import { openConcert } from '../crowd/opening.ts';
import { runCrowd } from '../crowd/run.ts';
import { Tally } from '../crowd/tally.ts';
import { APPS, SWEEP_MS, startOwnStack } from '../onsale/own-stack.ts';
import { accessOf } from '../stack-access.ts';
import { clockEnvironment, setClock } from './faults/clocks.ts';
import { heal } from './faults/heal.ts';
import { playSchedule } from './faults/injector.ts';
import { readEndState } from './journal/end-state.ts';
import { entryOf, entryOfPush } from './journal/entries.ts';
import { Journal } from './journal/journal.ts';
import { expiredThoughCharged, lostEntries } from './journal/lost-entries.ts';
import { readServiceLogs } from './logs/service-logs.ts';
import type { ChaosOptions } from './options.ts';
import { chaosProgress, describe } from './progress.ts';
import { recoveries } from './recovery/recovery.ts';
import { bySecond, OUTCOME, Timeline } from './recovery/timeline.ts';
import { type ChaosResult, isWhole } from './report.ts';
import { drawSchedule } from './schedule/draw.ts';
import { PROXIED_KINDS, replicaName } from './schedule/kinds.ts';

const HOLD_TTL_MS = 10_000;
const HOLD_LIMIT = 4;
/** A seat for so many of the fans: the last ones fight for what is given back. */
const SEATS_PER_FAN = 0.8;
/** Longest wait for a system at rest after the last fault: a payment's deadline, and repetitions of its request. */
const DRAIN_MS = 240_000;

/** A folder for what is left of a run: outside the stack's, which is thrown away. */
function evidenceFolder(seed: number): string {
  const folder = join(homeFolder(), 'chaos', `seed-${seed}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Every process of the services, by the name that the stack and its logs give it. */
const processesOf = ({ replicas }: ChaosOptions) =>
  APPS.flatMap((service) =>
    Array.from({ length: replicas }, (_, index) => ({ name: replicaName(service, index), service })),
  );

/** The clocks that can be moved: each replica's file, all at the right time. None where no clock is to be moved. */
function clocks(options: ChaosOptions, folder: string): Record<string, string> {
  if (!options.kinds.includes('clock')) return {};
  const files = Object.fromEntries(processesOf(options).map(({ name }) => [name, join(folder, `clock-${name}`)]));
  for (const file of Object.values(files)) setClock(file, 0);
  return files;
}

function startStack(options: ChaosOptions, clockFiles: Record<string, string>, signal: AbortSignal): Promise<Stack> {
  const library = findFaketime();
  return startOwnStack({ replicas: options.replicas, holdTtlMs: HOLD_TTL_MS }, signal, {
    faultProxy: options.kinds.some((kind) => PROXIED_KINDS.includes(kind)),
    envOf: (app, replica) => {
      const file = clockFiles[replicaName(app, replica)];
      if (file === undefined) return {};
      if (library === null) throw new Error('libfaketime is not installed');
      return clockEnvironment(library, file);
    },
  });
}

/** Who a run tells what its caller must know although it may yet fail. */
export interface RunObserver {
  stackStarted(stack: Stack): void;
  /** Where logs, faults and journal stay, unless the run is whole and nobody asked to keep them. */
  evidenceKept(folder: string): void;
}

/** One run: a stack, its crowd and its faults; then the rest, and what is left of every promise. */
export async function runChaos(
  options: ChaosOptions,
  interrupted: AbortSignal,
  observer: RunObserver,
): Promise<ChaosResult> {
  const { seed, lengthMs, replicas } = options;
  const evidence = evidenceFolder(seed);
  const clockFiles = clocks(options, evidence);
  const stack = await startStack(options, clockFiles, interrupted).catch((error: unknown) => {
    rmSync(evidence, { recursive: true, force: true });
    throw error;
  });
  observer.stackStarted(stack);
  const logs = join(stack.folder, 'logs');
  const tally = new Tally();
  const timeline = new Timeline();
  const journal = new Journal(join(evidence, 'journal.jsonl'));
  const progress = chaosProgress(tally, join(evidence, 'faults.log'));
  const baseUrl = stack.urls.edge;
  const api = new ApiClient(baseUrl, {
    connections: 256,
    observe: (operation, status, ms) => {
      tally.time(operation, ms);
      timeline.answered(operation, status, ms);
      if (status === 0 || status >= 500) tally.count(`error: ${operation} ${status === 0 ? 'connection' : status}`);
    },
    witness: (operation, call, answer) => journal.write(entryOf(operation, call, answer, Date.now())),
  });
  const broken = new AbortController();
  const over = AbortSignal.any([interrupted, broken.signal]);
  /** Whichever of the crowd and the faults breaks off takes the other one along. */
  const breakOff = (error: unknown): never => {
    broken.abort(error);
    throw error;
  };
  let crowd: Promise<unknown> = Promise.resolve();
  let whole = false;
  try {
    const fans = Math.ceil((options.fansPerMinute * lengthMs) / 60_000);
    const { scheduleId } = await openConcert(api, Math.ceil(fans * SEATS_PER_FAN), `Chaos ${seed}`);
    const schedule = drawSchedule({ ...options, lengthMs });
    console.error(`seed ${seed}: ${fans} fans and ${schedule.length} faults within ${lengthMs / 1000} s`);
    crowd = runCrowd({
      api,
      baseUrl,
      scheduleId,
      fans,
      arrivalMs: lengthMs,
      limitMs: lengthMs,
      holdTtlMs: HOLD_TTL_MS,
      seed,
      tally,
      staysOpen: true,
      heard: (userId, push) => journal.write(entryOfPush(userId, push, Date.now())),
      settled: (ms) => timeline.answered(OUTCOME, 200, ms),
      signal: over,
      progress: progress.show,
    }).catch(breakOff);
    const played = playSchedule(schedule, { stack, clockFiles, over }, progress.fault)
      .then(async (faults) => {
        over.throwIfAborted();
        progress.say('the faults are over; everything is put right, and the crowd finishes');
        await heal(stack, replicas, clockFiles);
        return { faults, lastFaultAt: performance.now() };
      })
      .catch(breakOff);
    const [{ faults, lastFaultAt }] = await Promise.all([played, crowd]);
    progress.end();
    interrupted.throwIfAborted();

    const access = accessOf(stack);
    const invariants = await checkInvariants(access, { holdLimit: HOLD_LIMIT, sweepMs: SWEEP_MS }, DRAIN_MS, (left) => {
      interrupted.throwIfAborted();
      progress.waiting([...left.violations.map(describe), ...left.openRefunds.map((key) => `refund of ${key}`)]);
    });
    const drainedMs = performance.now() - lastFaultAt;
    const entries = await journal.close();
    const end = await readEndState(access);
    const recovered = recoveries(timeline.seen, faults);
    const result: ChaosResult = {
      seed,
      lengthMs,
      replicas,
      faults: faults.map((fault, index) => ({ fault, recovery: recovered[index] as (typeof recovered)[number] })),
      tally,
      journal: entries,
      lost: lostEntries(entries, end),
      expiredThoughCharged: expiredThoughCharged(end),
      invariants,
      drainedMs,
      logs: readServiceLogs(logs, processesOf(options)),
    };
    whole = isWhole(result);
    return result;
  } finally {
    await api.close();
    await crowd.catch(() => {});
    if (whole && !options.keep) rmSync(evidence, { recursive: true, force: true });
    else {
      const seconds = bySecond(timeline.seen).map((second) => `${JSON.stringify(second)}\n`);
      writeFileSync(join(evidence, 'seconds.jsonl'), seconds.join(''));
      cpSync(logs, join(evidence, 'logs'), { recursive: true });
      observer.evidenceKept(evidence);
    }
    await stack.stop();
  }
}
