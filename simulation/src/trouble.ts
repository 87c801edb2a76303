import { setBack } from './consumer-groups.ts';
import { type FaultRates, noFaults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';
import { MAX_SKEW_MS } from './times.ts';
import type { World } from './world.ts';

// Mostly short; a whole service is away for longer than a payment's deadline now and then.
const MAX_OUTAGE_MS = 5_000;
const MAX_SERVICE_OUTAGE_MS = 12_000;
const MAX_PAUSE_MS = 5_000;

/** Draws how likely each failure is in this run; many runs have only a few kinds, so that each is also seen alone. */
export function drawRates(scheduler: Scheduler, faults: FaultRates): void {
  const upTo = (most: number) => (scheduler.chance(0.5) ? scheduler.random() * most : 0);
  Object.assign(faults, {
    crash: upTo(0.01),
    deadlock: upTo(0.03),
    lostCommit: upTo(0.08),
    unknownCommit: upTo(0.08),
    lostSend: upTo(0.1),
    unconfirmedSend: upTo(0.15),
    duplicate: upTo(0.3),
    failedOffsetCommit: upTo(0.2),
    corrupt: upTo(0.05),
    lostCall: upTo(0.3),
    unansweredCall: upTo(0.3),
    slowCall: upTo(0.3),
    lostLineStep: upTo(0.05),
    unansweredLineStep: upTo(0.05),
  } satisfies FaultRates);
}

/** Makes trouble for so long, then puts everything right and lets it be. */
export async function trouble(world: World, scheduler: Scheduler, faults: FaultRates, lastsMs: number): Promise<void> {
  const endMs = scheduler.nowMs + lastsMs;
  while (scheduler.nowMs < endMs) {
    await scheduler.sleep(scheduler.random() * 2_500);
    if (scheduler.nowMs < endMs) strike(world, scheduler);
  }
  Object.assign(faults, noFaults);
  scheduler.trace('faults', 'end');
  world.broker.reachable = true;
  world.broker.failingSends = [];
  world.provider.reachable = true;
  world.redis.reachable = true;
  for (const database of Object.values(world.databases)) database.reachable = true;
  for (const replica of world.replicas) {
    replica.life?.resume();
    replica.start();
  }
}

function strike(world: World, scheduler: Scheduler): void {
  const replica = scheduler.pick(world.replicas);
  const { life } = replica;
  const strikes: [string, () => void][] = [
    [`crash ${replica.name}`, () => replica.crash('out of the blue')],
    [`stop ${replica.name}`, () => void replica.restart()],
    [
      `pause ${replica.name}`,
      () => {
        life?.pause();
        scheduler.after(scheduler.random() * MAX_PAUSE_MS, () => life?.resume());
      },
    ],
    [
      `clock of ${replica.name} jumps`,
      () => {
        if (life !== undefined) life.skewMs = scheduler.between(-MAX_SKEW_MS, MAX_SKEW_MS);
      },
    ],
    [
      'broker away',
      () => {
        world.broker.reachable = false;
        scheduler.after(scheduler.random() ** 2 * MAX_OUTAGE_MS, () => {
          world.broker.reachable = true;
        });
      },
    ],
    [
      `all of ${replica.kind} away`,
      () => {
        const downMs = scheduler.random() * MAX_SERVICE_OUTAGE_MS;
        for (const other of world.replicas) {
          if (other.kind === replica.kind) other.crash('with all of its kind', downMs);
        }
      },
    ],
    ['redelivery', () => redeliver(world, scheduler)],
    [`${replica.kind} reads everything once more`, () => setBack(world, replica.kind)],
    ['something bad at the last moment', () => void strikeAtTheLastMoment(world, scheduler)],
    ['Redis loses everything', () => world.redis.loseEverything(world.databases.queue.tables.rooms.keys())],
    [
      'Redis away',
      () => {
        world.redis.reachable = false;
        scheduler.after(scheduler.random() ** 2 * MAX_OUTAGE_MS, () => {
          world.redis.reachable = true;
        });
      },
    ],
    [
      'provider away',
      () => {
        world.provider.reachable = false;
        scheduler.after(scheduler.random() ** 2 * MAX_OUTAGE_MS, () => {
          world.provider.reachable = true;
        });
      },
    ],
    ...Object.entries(world.databases).map(([name, database]): [string, () => void] => [
      `database ${name} away`,
      () => {
        database.reachable = false;
        scheduler.after(scheduler.random() ** 2 * MAX_OUTAGE_MS, () => {
          database.reachable = true;
        });
      },
    ]),
  ];
  const [what, happen] = scheduler.pick(strikes);
  scheduler.trace('faults', what);
  happen();
}

/** As a hold or a payment's time ends, the process that could be at it stands still for a moment, or is gone. */
async function strikeAtTheLastMoment(world: World, scheduler: Scheduler): Promise<void> {
  const due = [...world.databases.reservation.tables.reservations.values()].flatMap(
    ({ status, holdExpiresAt, paymentDeadline }) => {
      if (status === 'TEMPORARY_ASSIGNED') return [holdExpiresAt];
      return status === 'PAYMENT_PENDING' && paymentDeadline !== null ? [paymentDeadline] : [];
    },
  );
  const end = scheduler.pick(due);
  if (end === undefined) return;
  await scheduler.sleep(end.getTime() - scheduler.nowMs - scheduler.random() * 100);
  const replica = scheduler.pick(world.replicas);
  const { life } = replica;
  if (scheduler.chance(0.5)) replica.crash('at the last moment', scheduler.random() * 1_000);
  else {
    life?.pause();
    scheduler.after(scheduler.random() * 500, () => life?.resume());
  }
}

const REDELIVERED = [
  'payment-requests',
  'payment-results',
  'reservation-outcomes',
  'refund-requests',
  'refund-results',
];

/** A record comes once more, however old it is. */
function redeliver({ broker }: World, scheduler: Scheduler): void {
  for (const topic of REDELIVERED) {
    const records = broker.partitionsOf(topic).flat();
    if (records.length > 0) broker.append(scheduler.pick(records));
  }
}
