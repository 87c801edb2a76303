import { EventEmitter } from 'node:events';
import type { Logger } from '@stagedoor/platform';
import type { Redis } from 'ioredis';
import type { FanOfSchedule } from '../../application/ports.ts';
import type { Broadcasts, NumberedNews, ServingNews } from '../../application/pushes.ts';
import { channelsOf, numberedNewsOf, type PushChannels, servingNewsOf } from './push-channels.ts';

interface Heard {
  news: [userId: string, news: NumberedNews];
  serving: [news: ServingNews];
  departed: [fan: FanOfSchedule, sequence: number];
  back: [];
}

/** Hears what RedisPushes publishes, on a connection of its own. */
export class RedisBroadcasts implements Broadcasts {
  readonly #subscriber: Redis;
  readonly #channels: PushChannels;
  readonly #logger: Logger;
  readonly #heard = new EventEmitter<Heard>();
  #wasConnected = false;

  /** @param subscriber a connection for nothing else, which makes its subscriptions anew after a loss */
  constructor(subscriber: Redis, prefix: string, logger: Logger) {
    this.#subscriber = subscriber;
    this.#channels = channelsOf(prefix);
    this.#logger = logger;
    subscriber.on('message', (channel: string, text: string) => this.#hear(channel, text));
    subscriber.on('ready', () => {
      if (this.#wasConnected) this.#heard.emit('back');
      this.#wasConnected = true;
    });
  }

  /** Listens to what is for everybody; not awaited, for Redis may be away at the start. */
  start(): void {
    this.#subscriber.subscribe(this.#channels.serving, this.#channels.departed).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'not subscribed to broadcasts');
    });
  }

  onNews(listener: (userId: string, news: NumberedNews) => void): void {
    this.#heard.on('news', listener);
  }

  onServing(listener: (news: ServingNews) => void): void {
    this.#heard.on('serving', listener);
  }

  onDeparted(listener: (fan: FanOfSchedule, sequence: number) => void): void {
    this.#heard.on('departed', listener);
  }

  onBack(listener: () => void): void {
    this.#heard.on('back', listener);
  }

  async listenTo(userId: string): Promise<void> {
    await this.#subscriber.subscribe(this.#channels.fan(userId));
  }

  async ignore(userId: string): Promise<void> {
    await this.#subscriber.unsubscribe(this.#channels.fan(userId));
  }

  #hear(channel: string, text: string): void {
    // A message that cannot be read is one that another version of this service wrote: it must not end this one.
    try {
      if (channel === this.#channels.serving) {
        this.#heard.emit('serving', servingNewsOf(text));
      } else if (channel === this.#channels.departed) {
        const [scheduleId, userId, sequence] = JSON.parse(text) as [number, string, number];
        this.#heard.emit('departed', { scheduleId, userId }, sequence);
      } else if (channel.startsWith(this.#channels.fanPrefix)) {
        this.#heard.emit('news', channel.slice(this.#channels.fanPrefix.length), numberedNewsOf(text));
      }
    } catch (error) {
      this.#logger.warn({ err: error }, 'a broadcast could not be read');
    }
  }
}
