import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '@stagedoor/testkit';
import { Generator } from '../load/generator.ts';
import type { LoadJob, LoadResult } from '../load/load-job.ts';
import { type Memory, MemoryWatch } from '../measure/memory.ts';
import { settlements } from '../measure/settlements.ts';
import { columnFile } from '../seed/column-file.ts';
import { seedHolds } from '../seed/held-reservations.ts';
import { allAreDecided, outboxesAreEmpty } from '../seed/settled.ts';
import { seedWallets } from '../seed/wallets.ts';
import { publishConcert, SEAT_PRICE } from '../system/concert.ts';
import { type System, startSystem } from '../system/system.ts';
import type { BenchKeys } from '../tokens/keys.ts';
import type { SignedTokens } from '../tokens/signed-tokens.ts';
import { type Bystander, bystanders } from './bystanders.ts';
import { type Answers, acceptedPerSecond, answersOf, secondsToNormal } from './figures.ts';

/** What a run is made of. */
export interface OverloadOptions {
  overloadMs: number;
  /** How many times what can be served is offered. */
  times: number;
  /** How long what can be served is looked for, and by how many callers: fewer than may be in flight. */
  capacityMs: number;
  callers: number;
  /** How long an ordinary load is offered, before and after. */
  ordinaryMs: number;
  /** Distinct fans; each holds a seat in as many schedules as are needed. */
  fans: number;
  /** Above what the system could serve under any circumstances, so that there are seats enough. */
  mostPerSecond: number;
  keys: BenchKeys;
  tokens: SignedTokens;
  folder: string;
  signal: AbortSignal;
  tell(text: string): void;
  progress(text: string): void;
}

/** What a run came to. */
export interface OverloadReport {
  /** Payments accepted per second by callers who wait for their answers. */
  capacityPerSecond: number;
  overload: Answers & { offeredPerSecond: number; seconds: number; acceptedPerSecond: number };
  /** Of all accepted payments of the run, how they ended. */
  settled: Record<string, number>;
  /** From the last arrival of the overload to the last settlement. */
  settledAfterSeconds: number;
  ordinary: { perSecond: number; before: Answers; after: Answers };
  /** Null where it was not within the time looked at. */
  secondsToNormal: number | null;
  memoryMib: Record<string, Memory>;
  bystanders: { calls: Record<string, Bystander>; sockets: { opened: number; lost: number } };
  violations: string[];
}

const ORDINARY_SHARE = 0.2;
/** An answer may take so long in ordinary times and still be called quick. */
const QUICK_MS = 100;
const SLOWER = 3;
const ACCEPTED = 202;
const HOLD_LIMIT = 4;
const SWEEP_MS = 10_000;
const PATIENCE_MS = 180_000;
const REFUSED_MS_BETWEEN = 1_000;

/** Overloads a system of its own with payments. */
export async function runOverload(options: OverloadOptions): Promise<OverloadReport> {
  const { keys, tokens, signal, tell } = options;
  const fans = await tokens.fans(options.fans);
  options.progress('starting a system');
  const system = await startSystem(keys, { tell, signal });
  const generator = await Generator.start();
  try {
    return await new Overload(options, system, generator, fans).run();
  } finally {
    generator.stop();
    await system.stop();
  }
}

class Overload {
  readonly #options: OverloadOptions;
  readonly #system: System;
  readonly #generator: Generator;
  readonly #fans: string;
  #loads = 0;
  /** Reservations whose payment was accepted. */
  readonly #accepted: string[] = [];

  constructor(options: OverloadOptions, system: System, generator: Generator, fans: string) {
    this.#options = options;
    this.#system = system;
    this.#generator = generator;
    this.#fans = fans;
  }

  async run(): Promise<OverloadReport> {
    const { overloadMs, capacityMs, callers, ordinaryMs, times, mostPerSecond, tell } = this.#options;
    const system = this.#system;
    await seedWallets(await system.database('payment'), this.#options.fans, SEAT_PRICE * 1_000);
    const closed = await this.#load('looking for what it can serve', mostPerSecond, capacityMs, callers);
    const capacity = acceptedPerSecond(closed.load, capacityMs);
    tell(`${capacity.toFixed(0)} payments a second are accepted from ${callers} callers who wait for their answers`);
    await allAreDecided(system, PATIENCE_MS);

    const ordinary = capacity * ORDINARY_SHARE;
    const before = answersOf((await this.#load('an ordinary load', ordinary, ordinaryMs)).load);
    // Seeded beforehand, so that it follows at once.
    const [over, after] = [await this.#seeded(capacity * times, overloadMs), await this.#seeded(ordinary, ordinaryMs)];
    const memory = new MemoryWatch(system);
    const others = await bystanders(system, over.scheduleId, readFileSync(this.#fans, 'latin1').split('\n', 2_000));
    const overload = await this.#offer('overload', over);
    const endedAtMs = overload.startedAtMs + overloadMs;
    const seen = await others.stop();
    await sleep(REFUSED_MS_BETWEEN);
    const recovered = await this.#offer('an ordinary load again', after);
    await allAreDecided(system, PATIENCE_MS);
    const memoryMib = memory.stop();

    await outboxesAreEmpty(system);
    const ends = await settlements(system.access.kafka);
    const settled: Record<string, number> = {};
    for (const id of this.#accepted) {
      const status = ends.get(id)?.status ?? 'not settled';
      settled[status] = (settled[status] ?? 0) + 1;
    }
    const lastMs = Math.max(...[...over.reservations].map((id) => ends.get(id)?.atMs ?? 0));
    const { violations } = await checkInvariants(
      system.access,
      { holdLimit: HOLD_LIMIT, sweepMs: SWEEP_MS },
      PATIENCE_MS,
    );
    const answersBefore = before.acceptedMs.p95;
    return {
      capacityPerSecond: capacity,
      overload: {
        ...answersOf(overload),
        offeredPerSecond: capacity * times,
        seconds: overloadMs / 1_000,
        acceptedPerSecond: acceptedPerSecond(overload, overloadMs),
      },
      settled,
      settledAfterSeconds: Math.max(0, lastMs - endedAtMs) / 1_000,
      ordinary: { perSecond: ordinary, before, after: answersOf(recovered) },
      secondsToNormal: secondsToNormal(recovered, Math.max(QUICK_MS, SLOWER * answersBefore)),
      memoryMib,
      bystanders: seen,
      violations: violations.map(({ invariant, detail }) => `${invariant}: ${detail}`),
    };
  }

  async #load(name: string, ratePerSecond: number, forMs: number, underWay?: number) {
    const job = await this.#seeded(ratePerSecond, forMs, underWay);
    return { job, load: await this.#offer(name, job) };
  }

  /** A load, and the held seats that its requests pay for: each schedule has one of each fan's. */
  async #seeded(ratePerSecond: number, forMs: number, underWay?: number) {
    const { fans, keys, folder, progress } = this.#options;
    const mean = (ratePerSecond * forMs) / 1_000;
    const count = Math.ceil(mean + 6 * Math.sqrt(mean) + 10);
    progress(`holding ${count} seats`);
    const seats = Array.from({ length: Math.ceil(count / fans) }, () => fans);
    const ids = await publishConcert(this.#system, keys, seats);
    const reservations: string[] = [];
    for (const id of ids) {
      const held = await seedHolds(await this.#system.database('reservation'), fans, [{ id, seats: fans }]);
      reservations.push(...held.map((hold) => hold.id));
    }
    await outboxesAreEmpty(this.#system, PATIENCE_MS);
    const job: LoadJob = {
      ...this.#system.edge,
      request: {
        method: 'POST',
        path: '/v1/reservations/{reservation}/payment',
        headers: { authorization: 'Bearer {fan}', 'idempotency-key': 'pay-{reservation}' },
      },
      columns: {
        fan: { file: this.#fans, repeats: true },
        reservation: { file: columnFile(folder, `overload-${this.#loads++}`, reservations) },
      },
      ratePerSecond,
      warmUpMs: 0,
      measureMs: forMs,
      seed: this.#loads,
      connections: { initial: 128, most: 8_000 },
      drainMs: 30_000,
      expected: [ACCEPTED],
      ...(underWay === undefined ? {} : { underWay }),
    };
    return { job, reservations, scheduleId: ids[0] as number };
  }

  async #offer(name: string, { job, reservations }: { job: LoadJob; reservations: string[] }): Promise<LoadResult> {
    const load = await this.#generator.run(job, {
      onProgress: ({ intended, answered, errors }) =>
        this.#options.progress(`${name}: ${intended} offered, ${answered} answered, ${errors} of them refused`),
    });
    load.status.forEach((code, request) => {
      if (code === ACCEPTED) this.#accepted.push(reservations[request] as string);
    });
    return load;
  }
}
