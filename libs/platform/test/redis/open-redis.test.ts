import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isTransient, openRedis } from '../../src/index.ts';
import { breakableLink } from '../breakable-link.ts';

const server = process.env.TEST_REDIS_URL;
if (server === undefined) throw new Error('TEST_REDIS_URL is not set; `npm test` sets it');
const name = `test-${randomBytes(6).toString('hex')}`;

let link: Awaited<ReturnType<typeof breakableLink>>;
let redis: ReturnType<typeof openRedis>;
beforeEach(async () => {
  link = await breakableLink(new URL(server));
  redis = openRedis({ REDIS_URL: link.url, REDIS_PREFIX: `${name}:` });
  await expect.poll(() => redis.status).toBe('ready');
});
afterEach(() => {
  redis.disconnect();
  link.close();
});

describe('while Redis is away', () => {
  test('commands fail at once as transient, and work again once it is back', async () => {
    link.cut();
    await expect.poll(() => redis.status).not.toBe('ready');
    const before = performance.now();
    await expect(redis.get(name)).rejects.toSatisfy(isTransient);
    expect(performance.now() - before).toBeLessThan(100);
    link.mend();
    await expect.poll(() => redis.ping().catch(() => 'away'), { timeout: 10_000 }).toBe('PONG');
  });

  test('a command in flight when the link breaks fails, and is not sent again by itself', async () => {
    const watching = openRedis({ REDIS_URL: server, REDIS_PREFIX: '' });
    const clients = async () => String(await watching.client('LIST').catch(() => '')).match(/cmd=blpop/g)?.length ?? 0;
    await expect.poll(() => watching.status).toBe('ready');
    const before = await clients();
    const blocked = redis.blpop(`${name}:nothing`, 30);
    const failing = expect(blocked).rejects.toSatisfy(isTransient);
    await expect.poll(clients).toBe(before + 1);
    link.cut();
    await failing;
    link.mend();
    await expect.poll(() => redis.status).toBe('ready');
    expect(await clients()).toBe(before);
    watching.disconnect();
  });

  test('scripts fail at once, too, before the first connection and after', async () => {
    interface Scripted {
      half(key: string): Promise<number>;
    }
    const scripted = (client: typeof redis) => {
      client.defineCommand('half', { numberOfKeys: 1, lua: "return redis.call('INCR', KEYS[1])" });
      return client as typeof redis & Scripted;
    };
    link.cut();
    const late = scripted(openRedis({ REDIS_URL: link.url, REDIS_PREFIX: `${name}:` }));
    await expect(late.half(`${name}:n`)).rejects.toSatisfy(isTransient);
    const known = scripted(redis);
    await expect.poll(() => redis.status).not.toBe('ready');
    const results = await Promise.allSettled([known.half(`${name}:n`), known.half(`${name}:n`), known.get(name)]);
    for (const result of results) expect(result).toMatchObject({ status: 'rejected' });
    link.mend();
    await expect.poll(() => late.half(`${name}:n`).catch(() => 'away'), { timeout: 10_000 }).toBe(1);
    await expect.poll(() => known.half(`${name}:n`).catch(() => 'away'), { timeout: 10_000 }).toBe(2);
    await redis.del(`${name}:n`);
    late.disconnect();
  });

  test('an app that starts meanwhile goes on', async () => {
    link.cut();
    const late = openRedis({ REDIS_URL: link.url, REDIS_PREFIX: `${name}:` });
    await expect(late.ping()).rejects.toSatisfy(isTransient);
    link.mend();
    await expect.poll(() => late.ping().catch(() => 'away'), { timeout: 10_000 }).toBe('PONG');
    late.disconnect();
  });
});

test('commands of one turn share a packet', async () => {
  const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => redis.echo(String(i))));
  expect(answers).toEqual(Array.from({ length: 500 }, (_, i) => String(i)));
});

test('a subscriber hears again after the link was cut', async () => {
  const subscriber = openRedis({ REDIS_URL: link.url, REDIS_PREFIX: `${name}:` }, { subscriber: true });
  const heard: string[] = [];
  subscriber.on('message', (_channel, message) => heard.push(message));
  await subscriber.subscribe(`${name}:news`);
  await redis.publish(`${name}:news`, 'one');
  await expect.poll(() => heard).toEqual(['one']);
  link.cut();
  link.mend();
  await expect
    .poll(
      async () => {
        await redis.publish(`${name}:news`, 'two').catch(() => 0);
        return heard;
      },
      { timeout: 10_000 },
    )
    .toContain('two');
  subscriber.disconnect();
});
