import { TransientError } from '@stagedoor/platform';
import type { WaitingLine } from '../../apps/queue-gateway/src/application/waiting-line.ts';
import { MemoryWaitingLine } from '../../apps/queue-gateway/test/doubles/memory-waiting-line.ts';
import type { FaultRates } from './faults.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import { MAX_SKEW_MS } from './times.ts';

const MAX_LATENCY_MS = 3;
const MIN_GAP_MS = 0.001;

/**
 * Redis, with the waiting line in it: one atomic step after another, judged by a clock of its own. It forgets everything when
 * it is told to; requests and answers are lost on the way.
 */
export class SimulatedLine {
  readonly line: MemoryWaitingLine;
  /** While false, nobody reaches it. */
  reachable = true;
  /** Moments at which it forgot everything, by its own clock, in milliseconds. */
  readonly losses: number[] = [];
  /** Admissions that were called and not known to be recorded when everything was forgotten. */
  readonly forgottenCalls = new Set<string>();
  readonly #scheduler: Scheduler;
  readonly #faults: FaultRates;
  readonly #skewMs: number;
  /** Called and not settled, by the answers that were given. */
  readonly #called = new Set<string>();

  /** @param skewMs how far its clock is ahead of the world's */
  constructor(scheduler: Scheduler, faults: FaultRates, skewMs = scheduler.between(-MAX_SKEW_MS, MAX_SKEW_MS)) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#skewMs = skewMs;
    this.line = new MemoryWaitingLine({ now: () => new Date(this.nowMs), sleep: (ms) => scheduler.sleep(ms) });
  }

  get nowMs(): number {
    return this.#scheduler.nowMs + this.#skewMs;
  }

  loseEverything(scheduleIds: Iterable<number>): void {
    this.#scheduler.trace('redis', 'forgets everything');
    for (const id of scheduleIds) this.line.lose(id);
    for (const id of this.#called) this.forgottenCalls.add(id);
    this.#called.clear();
    this.losses.push(this.nowMs);
  }

  /** The line as one process reaches it. */
  connect(life: Life): WaitingLine {
    let lastMs = 0;
    // What goes over one connection arrives in the order in which it was sent.
    const way = (): Promise<void> => {
      const { nowMs } = this.#scheduler;
      lastMs = Math.max(lastMs + MIN_GAP_MS, nowMs + this.#scheduler.random() * MAX_LATENCY_MS);
      return this.#scheduler.sleep(lastMs - nowMs);
    };
    return new Proxy(this.line, {
      get: (line, name) => {
        const step = Reflect.get(line, name, line) as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => this.#ask(life, String(name), way, () => step.apply(line, args));
      },
    });
  }

  async #ask(life: Life, what: string, way: () => Promise<void>, step: () => Promise<unknown>): Promise<unknown> {
    await life.hazard(`before ${what} in the line`);
    const answer = await life.guard(this.#done(life, what, way, step));
    if (answer instanceof TransientError) throw answer;
    await life.hazard(`after ${what} in the line`);
    return answer;
  }

  async #done(life: Life, what: string, way: () => Promise<void>, step: () => Promise<unknown>): Promise<unknown> {
    const scheduler = this.#scheduler;
    await way();
    if (!this.reachable || scheduler.chance(this.#faults.lostLineStep))
      return new TransientError('Redis is not reached');
    const answer = await step();
    if (what === 'call') this.#note(life, answer as Awaited<ReturnType<WaitingLine['call']>>);
    await scheduler.sleep(scheduler.random() * MAX_LATENCY_MS);
    return scheduler.chance(this.#faults.unansweredLineStep) ? new TransientError('Redis does not answer') : answer;
  }

  #note(life: Life, answer: Awaited<ReturnType<WaitingLine['call']>>): void {
    if (answer.kind !== 'CALLED' || answer.called.length === 0) return;
    this.#called.clear();
    for (const { admissionId } of answer.called) this.#called.add(admissionId);
    this.#scheduler.trace('redis', `${life.name} calls`, () => answer.called.map(({ userId }) => userId).join(', '));
  }
}
