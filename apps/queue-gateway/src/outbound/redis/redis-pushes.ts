import type { Redis } from 'ioredis';
import type { FanOfSchedule } from '../../application/ports.ts';
import type { Missed, PersonalNews, Pushes, ReservationState } from '../../application/pushes.ts';
import { LuaScript } from './lua-script.ts';
import { channelsOf, numberedNewsOf, type PushChannels } from './push-channels.ts';
import { roomKeys } from './room-keys.ts';

// What a fan who reconnects can be told again; more than a purchase of four seats brings about.
const KEPT_NEWS = 50;

/** Publishes news by Redis, and keeps each fan's last ones. Keys are `prefix{fan:<user>}:…`. */
export class RedisPushes implements Pushes {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #keptMs: number;
  readonly #channels: PushChannels;
  readonly #tell: LuaScript;
  readonly #announce: LuaScript;

  /** @param keptMs how long a fan's news is kept after the last of it */
  constructor(redis: Redis, prefix: string, keptMs: number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#keptMs = keptMs;
    this.#channels = channelsOf(prefix);
    this.#tell = new LuaScript(redis, 'tell', 3);
    this.#announce = new LuaScript(redis, 'announce', 1);
  }

  async tell(userId: string, news: PersonalNews): Promise<void> {
    const { seq, recent, reservations } = this.#keys(userId);
    await this.#tell.run(
      [seq, recent, reservations],
      [this.#channels.fan(userId), JSON.stringify(news), KEPT_NEWS, this.#keptMs, ...reservationArgs(news)],
    );
  }

  async announce(scheduleId: number, serving: number, waiting: number, everyMs: number): Promise<boolean> {
    const { announced } = roomKeys(this.#prefix, scheduleId);
    const told = await this.#announce.run([announced], [this.#channels.serving, scheduleId, serving, waiting, everyMs]);
    return told === 1;
  }

  async departed({ scheduleId, userId }: FanOfSchedule, sequence: number): Promise<void> {
    await this.#redis.publish(this.#channels.departed, JSON.stringify([scheduleId, userId, sequence]));
  }

  async missed(userId: string, lastSeq: number): Promise<Missed> {
    const { seq, recent } = this.#keys(userId);
    const [newest, kept] = await Promise.all([this.#redis.get(seq), this.#redis.lrange(recent, 0, -1)]);
    const all = kept.map(numberedNewsOf);
    const current = Number(newest ?? 0);
    const oldest = all[0]?.seq;
    const isKnown =
      newest !== null && (lastSeq === current || (oldest !== undefined && lastSeq >= oldest - 1 && lastSeq < current));
    return { seq: current, news: isKnown ? all.filter((news) => news.seq > lastSeq) : null };
  }

  async newest(userId: string): Promise<number> {
    return Number((await this.#redis.get(this.#keys(userId).seq)) ?? 0);
  }

  async newestOfRoom(scheduleId: number): Promise<number> {
    return Number((await this.#redis.hget(roomKeys(this.#prefix, scheduleId).announced, 'seq')) ?? 0);
  }

  async reservations(userId: string): Promise<ReservationState[]> {
    const stored = await this.#redis.hvals(this.#keys(userId).reservations);
    return stored.map((value) => JSON.parse(value.slice(value.indexOf(':') + 1)) as ReservationState);
  }

  #keys(userId: string): { seq: string; recent: string; reservations: string } {
    const key = (name: string): string => `${this.#prefix}{fan:${userId}}:${name}`;
    return { seq: key('seq'), recent: key('recent'), reservations: key('reservations') };
  }
}

/** What keeps a reservation's news in order: its id and version, and what is kept of it. */
function reservationArgs(news: PersonalNews): (string | number)[] {
  if (news.type !== 'reservation.changed') return [];
  const { reservationId, scheduleId, status, reason, version } = news;
  const state: ReservationState = { reservationId, scheduleId, status, reason };
  return [reservationId, version, JSON.stringify(state)];
}
