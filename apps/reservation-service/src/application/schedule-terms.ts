import type { Clock } from '@stagedoor/platform';
import type { Schedule } from '../domain/schedule.ts';
import type { ScheduleSource } from './ports.ts';

/**
 * Terms and sections of schedules in memory, at most `maxAgeMs` old. Holds are decided on them without reading a row;
 * that none commits on old terms is the seat map's `termsRevision`, which is compared under its lock.
 */
export class ScheduleTermsCache {
  readonly #source: ScheduleSource;
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  /** One entry per schedule that exists; what does not exist is not kept, so nobody can fill it. */
  readonly #known = new Map<number, { schedule: Schedule; readAtMs: number }>();
  readonly #reading = new Map<number, Promise<Schedule | undefined>>();
  #forgotten = 0;

  constructor(source: ScheduleSource, clock: Clock, maxAgeMs: number) {
    this.#source = source;
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  async get(id: number): Promise<Schedule | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined && this.#clock.now().getTime() - known.readAtMs < this.#maxAgeMs) return known.schedule;
    const reading = this.#reading.get(id);
    if (reading !== undefined) return reading;
    const read = this.#read(id).finally(() => {
      if (this.#reading.get(id) === read) this.#reading.delete(id);
    });
    this.#reading.set(id, read);
    return read;
  }

  async getAll(ids: Iterable<number>): Promise<Map<number, Schedule>> {
    const schedules = await Promise.all(Array.from(new Set(ids), (id) => this.get(id)));
    return new Map(schedules.flatMap((schedule) => (schedule === undefined ? [] : [[schedule.id, schedule]])));
  }

  /** To be called when terms were changed here, or seen to have changed elsewhere. */
  forget(id: number): void {
    this.#known.delete(id);
    // What is being read may be older than the change: neither waited for by those who come now, nor kept.
    this.#reading.delete(id);
    this.#forgotten++;
  }

  async #read(id: number): Promise<Schedule | undefined> {
    const readAtMs = this.#clock.now().getTime();
    const forgotten = this.#forgotten;
    const [schedule] = await this.#source.read([id]);
    if (schedule === undefined) this.#known.delete(id);
    else if (forgotten === this.#forgotten) this.#known.set(id, { schedule, readAtMs });
    return schedule;
  }
}
