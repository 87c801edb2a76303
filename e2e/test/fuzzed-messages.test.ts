import { readFileSync } from 'node:fs';
import { appNames, decode, type TopicDefinition, topics } from '@stagedoor/contracts';
import { patchKafkaJs } from '@stagedoor/messaging';
import { connectionSettings } from '@stagedoor/platform';
import { checkInvariants } from '@stagedoor/testkit';
import fc from 'fast-check';
import { CompressionTypes, Kafka, logLevel, type Producer } from 'kafkajs';
import { createConnection } from 'mariadb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConcert } from '../src/crowd/opening.ts';
import { untilAtRest } from '../src/history/at-rest.ts';
import { ConsumerGroups } from '../src/history/consumer-groups.ts';
import { EXAMPLE_RESERVATION, type FuzzedRecord, fuzzedRecords } from '../src/intruder/fuzzed-records.ts';
import { accessOf } from '../src/stack-access.ts';
import { admitted, newFan, payFor, reaches } from './steps.ts';
import { useStack } from './use-stack.ts';

/** FUZZED_RUNS=50 sends more; a run is 40 records into each of the twelve topics. */
const RUNS = Number(process.env.FUZZED_RUNS ?? 2);
const RECORDS_PER_TOPIC = 40;

// An event about a reservation that never was has no history to fit into, and a refund that a forged result led to may be one
// that cannot be made: those are listed as open, for ever. Everything else holds.
const system = useStack({}, async (stack) => {
  const { violations } = await checkInvariants(accessOf(stack), { holdLimit: 4, sweepMs: 5_000 }, 0);
  expect(violations.filter(({ detail }) => !detail.startsWith(`${EXAMPLE_RESERVATION}:`))).toEqual([]);
});
let groups: ConsumerGroups;
let producer: Producer;
beforeAll(async () => {
  const brokers = system.stack.admin.kafkaBrokers;
  groups = new ConsumerGroups(brokers);
  await groups.connect();
  patchKafkaJs();
  producer = new Kafka({ brokers: brokers.split(','), clientId: 'stranger', logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
});
afterAll(async () => {
  await producer?.disconnect();
  await groups?.disconnect();
});

/** Sends each record and tells what its topic's owner must say of it: how many are no messages at all. */
async function send(records: readonly FuzzedRecord[]): Promise<number> {
  const topicMessages = [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, messages]) => ({
    topic,
    messages,
  }));
  await producer.sendBatch({ topicMessages, compression: CompressionTypes.None });
  return records.filter(({ topic, key, value, headers }) => {
    const definition = Object.values(topics).find(({ name }) => name === topic);
    if (definition === undefined) return false;
    const raw = { topic, partition: 0, offset: '0', key, value, headers, timestamp: new Date() };
    return !decode(definition as TopicDefinition<unknown>, raw).ok;
  }).length;
}

async function letters(): Promise<{ code: string; count: number }[]> {
  const connection = await createConnection({
    ...connectionSettings(accessOf(system.stack).databases.result),
    bigIntAsNumber: true,
  });
  try {
    return await connection.query(
      `SELECT error_code AS code, COUNT(*) AS count FROM dead_letters WHERE error_code IN
       ('NO_VALUE','NOT_UTF8','MALFORMED_JSON','UNSUPPORTED_VERSION','VALIDATION_FAILED','PROCESSING_FAILED')
       GROUP BY error_code`,
    );
  } finally {
    await connection.end();
  }
}

test('whatever is written into any topic crashes nothing: what is no message is a dead letter, once, and a fan still gets a seat', async () => {
  const { stack, api } = system;
  const pids = stack.processes();
  const databases = { ...accessOf(stack).databases };
  let unreadable = 0;
  await fc.assert(
    fc.asyncProperty(fuzzedRecords(RECORDS_PER_TOPIC), async (records) => {
      unreadable += await send(records);
      await untilAtRest(groups, databases, 60_000);
      // The same processes as at the start.
      expect(stack.processes()).toEqual(pids);
    }),
    // A smaller set of records does not fail by itself alone: what was sent before is still there.
    { numRuns: RUNS, endOnFailure: true },
  );
  const kept = await letters();
  expect(kept.find(({ code }) => code === 'PROCESSING_FAILED')).toBeUndefined();
  expect(kept.reduce((sum, { count }) => sum + count, 0)).toBe(unreadable);
  expect(unreadable).toBeGreaterThan(RUNS * RECORDS_PER_TOPIC);
  for (const app of appNames) expect(readFileSync(stack.logFile(app), 'utf8')).not.toContain('unhandled error');

  const { scheduleId } = await openConcert(api, 50, 'After all that');
  const fan = await newFan(api, 150_000);
  const { id } = await payFor(fan, scheduleId, 1, await admitted(fan, scheduleId));
  await reaches(fan, id, 'CONFIRMED');
  await untilAtRest(groups, databases, 60_000);
}, 300_000);
