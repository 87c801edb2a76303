import type { ServiceKind } from './consumer-groups.ts';
import { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import { MAX_SKEW_MS } from './times.ts';

/** What a replica runs in each of its lives. */
export interface Running {
  start(): Promise<void>;
  close(): Promise<void>;
}

// How long an orderly stop may take before the process is killed.
const STOP_TIMEOUT_MS = 5_000;
const MAX_DOWN_MS = 6_000;
const START_SKEW_MS = 300;
// Of all starts: the machine's clock was not set yet.
const UNSET_CLOCKS = 0.2;

/** A place where a service runs, life after life. */
export class Replica<S extends Running = Running> {
  readonly name: string;
  /** The service that it is one of. */
  readonly kind: ServiceKind;
  readonly #scheduler: Scheduler;
  readonly #build: (life: Life) => S;
  readonly #crashRate: () => number;
  #lives = 0;
  life: Life | undefined;
  service: S | undefined;

  constructor(kind: ServiceKind, n: number, scheduler: Scheduler, build: (life: Life) => S, crashRate: () => number) {
    this.kind = kind;
    this.name = `${kind}-${n}`;
    this.#scheduler = scheduler;
    this.#build = build;
    this.#crashRate = crashRate;
  }

  get running(): boolean {
    return this.life?.alive === true;
  }

  start(): void {
    if (this.running) return;
    const mostMs = this.#scheduler.chance(UNSET_CLOCKS) ? MAX_SKEW_MS : START_SKEW_MS;
    const skewMs = this.#scheduler.between(-mostMs, mostMs);
    const life = new Life(`${this.name}#${++this.#lives}`, this.#scheduler, skewMs);
    life.onHazard = (where) => {
      if (life.alive && this.#scheduler.chance(this.#crashRate())) this.crash(where);
    };
    this.#scheduler.trace(life.name, 'starts');
    this.life = life;
    this.service = this.#build(life);
    void this.service.start();
  }

  /** @param downMs how long until it is started again, in milliseconds; drawn where it is not given */
  crash(where: string, downMs?: number): void {
    if (!this.running) return;
    this.#scheduler.trace(this.life?.name ?? this.name, `crashes ${where}`);
    this.life?.die();
    this.#restartLater(downMs);
  }

  /** Stops in order, as far as it gets, and comes back. */
  async restart(): Promise<void> {
    const { life, service } = this;
    if (life === undefined || !life.alive) return;
    this.#scheduler.trace(life.name, 'is told to stop');
    await Promise.race([service?.close(), this.#scheduler.sleep(STOP_TIMEOUT_MS)]);
    if (!life.alive) return;
    this.#scheduler.trace(life.name, 'has stopped');
    life.die();
    this.#restartLater();
  }

  #restartLater(downMs = this.#scheduler.random() ** 2 * MAX_DOWN_MS): void {
    this.#scheduler.after(downMs, () => this.start());
  }
}
