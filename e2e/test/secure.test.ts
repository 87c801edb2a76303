import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { accessOf, allTopics, appNames } from '@stagedoor/contracts';
import { aclsOf, openKafka } from '@stagedoor/messaging';
import { kafkaConfig, parseConfig } from '@stagedoor/platform';
import { quietLogger } from '@stagedoor/testkit';
import { createConnection } from 'mariadb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Stack, startStack } from '../../infra/stack/index.mjs';
import { ApiClient } from '../src/client/api-client.ts';
import { openConcert } from '../src/crowd/opening.ts';
import { admitted, newFan, payFor, reaches, refunded } from './steps.ts';

const PRICE = 150_000;

let stack: Stack;
let api: ApiClient;
beforeAll(async () => {
  stack = await startStack({ secure: true, durable: false, infrastructure: 'native' });
  api = new ApiClient(stack.urls.edge, { connections: 4 });
}, 120_000);
afterAll(async () => {
  await api?.close();
  await stack?.stop();
}, 60_000);

/** A client of the broker with an app's own login, or another password. */
const clientOf = (app: (typeof appNames)[number], more: Record<string, string> = {}) =>
  openKafka(parseConfig(z.object(kafkaConfig.shape), { ...stack.env(app), ...more }, { app }), quietLogger, {
    clientId: 'secure-test',
  });

/** Topics that a principal is shown: those it may at least describe. */
async function visibleTopics(app: (typeof appNames)[number]): Promise<string[]> {
  const admin = clientOf(app).kafka.admin();
  await admin.connect();
  try {
    return (await admin.listTopics()).toSorted();
  } finally {
    await admin.disconnect();
  }
}

/** Whether the broker refuses what an app sends to a topic. */
async function isRefused(app: (typeof appNames)[number], topic: string): Promise<boolean> {
  const producer = clientOf(app).kafka.producer({ retry: { retries: 0 }, allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({ topic, messages: [{ value: 'x' }] });
    return false;
  } catch (error) {
    // kafkajs says it in one way where the topic may be read, in another where it may not be known.
    if (!/topic authorization failed/i.test(String(error))) throw error;
    return true;
  } finally {
    await producer.disconnect();
  }
}

/** What a server says to one who speaks first, and without TLS. */
const answerWithoutTls = (port: number, request: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
    );
    socket.on('close', () => resolve(answer));
  });

describe('with TLS everywhere and a broker that allows each app what it does', () => {
  test('a seat is bought, and given back', async () => {
    const { scheduleId } = await openConcert(api, 50, 'Secure');
    const fan = await newFan(api, PRICE);
    const reservation = await payFor(fan, scheduleId, 7, await admitted(fan, scheduleId));
    await reaches(fan, reservation.id, 'CONFIRMED');
    expect((await fan.wallet()).body.balance).toBe(0);
    expect((await fan.cancel(reservation.id)).status).toBe(202);
    await refunded(fan, reservation.id);
    expect((await fan.wallet()).body.balance).toBe(PRICE);
  });

  test.each(appNames)('%s is shown its own topics and no other', async (app) => {
    const { reads, writes } = accessOf(app);
    expect(await visibleTopics(app)).toEqual([...new Set([...reads, ...writes])].toSorted());
  });

  test.each(appNames)('%s may not write what it only reads, nor what is not its own', async (app) => {
    const { writes } = accessOf(app);
    const others = allTopics.map(({ name }) => name).filter((name) => !writes.includes(name));
    const refused = await Promise.all(others.map((topic) => isRefused(app, topic)));
    expect(others.filter((_, index) => !refused[index])).toEqual([]);
  });

  test("no app reads in another's group, creates a topic, or makes rules", async () => {
    const admin = clientOf('queue-gateway').kafka.admin({ retry: { retries: 0 } });
    await admin.connect();
    const { group, reads } = accessOf('payment-worker');
    // Without the right to see a group nobody is told where it is coordinated.
    await expect(admin.fetchOffsets({ groupId: group, topics: reads })).rejects.toThrow(/coordinator|authorization/i);
    const own = accessOf('queue-gateway');
    expect(await admin.fetchOffsets({ groupId: own.group, topics: own.reads })).toHaveLength(1);
    await expect(admin.createTopics({ topics: [{ topic: 'other' }] })).rejects.toThrow();
    await expect(admin.createAcls({ acl: aclsOf(clientOf('queue-gateway')) })).rejects.toThrow(
      /cluster authorization/i,
    );
    await admin.disconnect();
  });

  test('a wrong password, and a broker of an unknown authority, are refused', async () => {
    await expect(clientOf('payment-worker', { KAFKA_SASL_PASSWORD: 'wrong' }).kafka.admin().connect()).rejects.toThrow(
      /authentication/i,
    );
    const { KAFKA_SSL_CA_FILE: _, ...unknown } = stack.env('payment-worker');
    const client = openKafka(parseConfig(z.object(kafkaConfig.shape), unknown, { app: 'test' }), quietLogger);
    await expect(client.kafka.admin({ retry: { retries: 0 } }).connect()).rejects.toThrow(/certificate/i);
  });

  test('nothing is answered without TLS', async () => {
    expect(await answerWithoutTls(stack.ports.redis, 'PING\r\n')).not.toContain('PONG');
    const { username: user, password, port } = new URL(stack.env('queue-gateway').MYSQL_URL as string);
    const login = { host: 'localhost', port: Number(port), user, password };
    await expect(createConnection(login)).rejects.toThrow(/denied|secure transport/i);
    const ca = readFileSync(new URL(stack.env('queue-gateway').MYSQL_URL as string).searchParams.get('ca') as string);
    const connection = await createConnection({ ...login, ssl: { ca } });
    await connection.end();
  });
});
