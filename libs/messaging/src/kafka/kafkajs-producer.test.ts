import { PermanentError, TransientError } from '@stagedoor/platform';
import kafkajs, { type Kafka } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { testLogger } from '../testing/fixtures.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { KafkaJsProducer } from './kafkajs-producer.ts';

const { KafkaJSProtocolError, KafkaJSConnectionClosedError } = kafkajs as unknown as {
  KafkaJSProtocolError: new (error: { type: string; code?: number; message: string; retriable: boolean }) => Error;
  KafkaJSConnectionClosedError: new (message: string, broker: object) => Error;
};
const message = { topic: 't', key: 'k', value: 'v', headers: {} };

/** kafkajs with producers that answer what they are told to; each notes what was done to it. */
function fakeKafka(answers: (() => Promise<unknown>)[]) {
  const made: { config: object; batches: number; disconnected: number }[] = [];
  const kafka = {
    producer: (config: object) => {
      const notes = { config, batches: 0, disconnected: 0 };
      made.push(notes);
      return {
        connect: async () => {},
        disconnect: async () => {
          notes.disconnected++;
        },
        sendBatch: () => {
          notes.batches++;
          return (answers.shift() ?? (async () => {}))();
        },
      };
    },
  } as unknown as Kafka;
  const clock = new VirtualClock();
  const producer = new KafkaJsProducer({ kafka, topicName: (topic) => `p.${topic}`, clock, logger: testLogger() });
  return { made, producer, clock };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('KafkaJsProducer', () => {
  test('is idempotent, with one request in flight and no topics made by accident', async () => {
    const { made, producer } = fakeKafka([]);
    await producer.send([message]);
    await producer.send([message]);
    expect(made).toHaveLength(1);
    expect(made[0]?.config).toMatchObject({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  });

  test('refuses a second send while one is under way', async () => {
    const { producer } = fakeKafka([]);
    const first = producer.send([message]);
    await expect(producer.send([message])).rejects.toThrow('one send at a time');
    await first;
  });

  test.each([
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45],
    ['INVALID_PRODUCER_EPOCH', 47],
    ['UNKNOWN_PRODUCER_ID', 59],
  ])('goes on with a fresh producer after %s, and calls it transient', async (type, code) => {
    const error = new KafkaJSProtocolError({ type, code, message: type, retriable: false });
    const { made, producer } = fakeKafka([() => Promise.reject(error)]);
    await expect(producer.send([message])).rejects.toThrow(TransientError);
    await turn();
    expect(made[0]?.disconnected).toBe(1);
    await producer.send([message]);
    expect(made.map(({ batches }) => batches)).toEqual([1, 1]);
  });

  test('replaces the producer after any failure: its next sequence numbers may be taken', async () => {
    const { made, producer } = fakeKafka([() => Promise.reject(new KafkaJSConnectionClosedError('closed', {}))]);
    await expect(producer.send([message])).rejects.toThrow(TransientError);
    await producer.send([message]);
    expect(made).toHaveLength(2);
  });

  test('a message that the broker finds too large will be so the next time', async () => {
    const error = new KafkaJSProtocolError({ type: 'MESSAGE_TOO_LARGE', code: 10, message: 'large', retriable: false });
    const { producer } = fakeKafka([() => Promise.reject(error)]);
    await expect(producer.send([message])).rejects.toThrow(PermanentError);
  });

  test('a send without an answer fails in time, and its producer is closed once it has given up', async () => {
    let answer = (): void => {};
    const { made, producer, clock } = fakeKafka([
      () =>
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
    ]);
    let failure: unknown;
    void producer.send([message]).catch((error: unknown) => {
      failure = error;
    });
    await clock.advance(29_000);
    expect(failure).toBeUndefined();
    await clock.advance(2_000);
    expect(failure).toBeInstanceOf(TransientError);
    await producer.send([message]);
    expect(made.map(({ disconnected }) => disconnected)).toEqual([0, 0]);
    answer();
    await turn();
    expect(made.map(({ disconnected }) => disconnected)).toEqual([1, 0]);
    await producer.close();
    expect(made.map(({ disconnected }) => disconnected)).toEqual([1, 1]);
  });
});
