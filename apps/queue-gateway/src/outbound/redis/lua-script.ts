import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';

type Command = (...args: (string | number)[]) => Promise<unknown>;

/** One atomic step on the server, from a file of lua/. Its calls are pipelined like any other command's. */
export class LuaScript {
  readonly #call: Command;

  /** @param name of the file, without its ending; no other script of this client may have it */
  constructor(redis: Redis, name: string, numberOfKeys: number) {
    const lua = readFileSync(join(import.meta.dirname, 'lua', `${name}.lua`), 'utf8');
    const command = `stagedoor-${name}`;
    redis.defineCommand(command, { numberOfKeys, lua });
    this.#call = (redis as unknown as Record<string, Command>)[command]?.bind(redis) as Command;
  }

  run(keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.#call(...keys, ...args);
  }
}
