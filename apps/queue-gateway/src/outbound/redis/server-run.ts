import { TransientError } from '@stagedoor/platform';
import type { Redis } from 'ioredis';

/**
 * The `run_id` of the server behind the connection: a new one after every restart and failover. A restarted server may
 * know what it knew a second ago (appendfsync everysec), and would give numbers out twice; whatever it holds under
 * another run id is therefore not believed until the room was prepared again.
 *
 * The connection must not send commands again after it was lost (platform's openRedis does not): they would carry the
 * old run id to a server that may have the same on its disk.
 */
export class ServerRun {
  readonly #redis: Redis;
  #known: string | undefined;
  #asking: Promise<string> | undefined;

  constructor(redis: Redis) {
    this.#redis = redis;
    redis.on('close', () => this.#forget());
    redis.on('end', () => this.#forget());
  }

  /** @throws TransientError while there is no connection */
  id(): string | Promise<string> {
    if (this.#known !== undefined) return this.#known;
    if (this.#redis.status !== 'ready') throw new TransientError(`Redis is not connected (${this.#redis.status})`);
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  #forget(): void {
    this.#known = undefined;
    this.#asking = undefined;
  }

  async #ask(): Promise<string> {
    const asking = this.#redis.info('server').then((text) => {
      const run = /^run_id:(\w+)/m.exec(text)?.[1];
      if (run === undefined) throw new Error('Redis tells no run_id');
      // Unless the connection was lost in the meantime.
      if (this.#asking !== undefined) this.#known = run;
      return run;
    });
    return asking.finally(() => {
      this.#asking = undefined;
    });
  }
}
