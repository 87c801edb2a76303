import type { Replica, Running } from './replica.ts';
import type { Scheduler } from './scheduler.ts';

const CLIENT_TIMEOUT_MS = 3_000;
const MAX_TRIES = 4;

/** As a client does: of any replica, again after an error or no answer. Undefined when it gave up. */
export async function ask<S extends Running, T>(
  who: string,
  what: string,
  { scheduler, replicas }: { scheduler: Scheduler; replicas: readonly Replica<S>[] },
  request: (service: S) => Promise<T>,
): Promise<T | undefined> {
  scheduler.requests++;
  try {
    return await tryAll(who, what, { scheduler, replicas }, request);
  } finally {
    scheduler.requests--;
  }
}

async function tryAll<S extends Running, T>(
  who: string,
  what: string,
  { scheduler, replicas }: { scheduler: Scheduler; replicas: readonly Replica<S>[] },
  request: (service: S) => Promise<T>,
): Promise<T | undefined> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    await scheduler.sleep(scheduler.random() * 10);
    const { life, service } = scheduler.pick(replicas);
    if (life?.alive && service !== undefined) {
      scheduler.trace(who, `${what} at ${life.name}`);
      const answer = await answered(scheduler, life.guard(begin(life, () => request(service))));
      if (answer !== undefined) {
        scheduler.trace(who, `${what}: answered`, () => JSON.stringify(answer));
        return answer;
      }
    }
    await scheduler.sleep(scheduler.random() * 500);
  }
  return undefined;
}

/** Once the process gets to it. */
function begin<T>(life: { run(action: () => void): void }, request: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => life.run(() => request().then(resolve, reject)));
}

async function answered<T>(scheduler: Scheduler, answer: Promise<T>): Promise<T | undefined> {
  const patience = new AbortController();
  try {
    return await Promise.race([answer, scheduler.sleep(CLIENT_TIMEOUT_MS, patience.signal).then(() => undefined)]);
  } catch {
    return undefined;
  } finally {
    patience.abort();
  }
}
