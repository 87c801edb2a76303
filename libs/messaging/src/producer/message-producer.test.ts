import { PermanentError, TransientError } from '@stagedoor/platform';
import { describe, expect, test } from 'vitest';
import type { Broker, BrokerProducer, ProducerMessage } from '../ports.ts';
import { MessageProducer, type MessageProducerOptions } from './message-producer.ts';

const message = (n: number, bytes = 10): ProducerMessage => ({
  topic: 't',
  key: `k${n}`,
  value: 'x'.repeat(bytes),
  headers: {},
});
const numberOf = ({ key }: ProducerMessage): number => Number(String(key).slice(1));

/** A producer whose requests are answered by hand. */
function handAnswered(options: MessageProducerOptions = {}) {
  const requests: { sent: number[]; answer: (error?: Error) => void }[] = [];
  let outstanding = 0;
  let most = 0;
  const port: BrokerProducer = {
    connect: async () => {},
    close: async () => {},
    send: (messages) => {
      most = Math.max(most, ++outstanding);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const answer = (error?: Error): void => {
        outstanding--;
        if (error === undefined) resolve();
        else reject(error);
      };
      requests.push({ sent: messages.map(numberOf), answer });
      return promise;
    },
  };
  const producer = new MessageProducer({ producer: () => port } as Broker, options);
  return { producer, requests, most: () => most };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('MessageProducer', () => {
  test('has one request outstanding; what comes meanwhile shares the next, in order', async () => {
    const { producer, requests, most } = handAnswered();
    const first = producer.send([message(0)]);
    await turn();
    const rest = [1, 2, 3].map((n) => producer.send([message(n), message(n + 10)]));
    await turn();
    expect(requests.map(({ sent }) => sent)).toEqual([[0]]);
    requests[0]?.answer();
    await first;
    await turn();
    expect(requests[1]?.sent).toEqual([1, 11, 2, 12, 3, 13]);
    requests[1]?.answer();
    await Promise.all(rest);
    expect(most()).toBe(1);
  });

  test('divides what is more than a request may hold, by messages and by bytes', async () => {
    const { producer, requests } = handAnswered({ maxBatch: 3, maxBatchBytes: 5_000 });
    const sending = producer.send([
      message(0),
      message(1),
      message(2),
      message(3),
      message(4, 4_000),
      message(5, 4_000),
    ]);
    for (let request = 0; request < 3; request++) {
      await turn();
      requests[request]?.answer();
    }
    await sending;
    expect(requests.map(({ sent }) => sent)).toEqual([[0, 1, 2], [3, 4], [5]]);
  });

  test('a later part is not sent after an earlier one failed', async () => {
    const { producer, requests } = handAnswered({ maxBatch: 1 });
    const sending = producer.send([message(0), message(1)]);
    await turn();
    requests[0]?.answer(new TransientError('gone'));
    await expect(sending).rejects.toThrow(TransientError);
    expect(requests).toHaveLength(1);
  });

  test('a message that is too large is refused alone, before anything is sent', async () => {
    const { producer, requests } = handAnswered();
    await expect(producer.send([message(0), message(1, 1_000_000)])).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    });
    expect(requests).toEqual([]);
  });

  test('a message that the broker refuses fails alone', async () => {
    const { producer, requests } = handAnswered();
    const sends = [0, 1, 2].map((n) =>
      producer.send([message(n)]).then(
        () => n,
        (error: Error) => error.message,
      ),
    );
    // The request, its halves, and the halves' halves down to the culprit.
    for (let request = 0; request < 5; request++) {
      await turn();
      const asked = requests[request];
      if (asked === undefined) break;
      asked.answer(asked.sent.includes(1) ? new PermanentError('MESSAGE_TOO_LARGE', 'refused') : undefined);
    }
    expect(await Promise.all(sends)).toEqual([0, 'refused', 2]);
  });

  test('an empty send needs no broker', async () => {
    const { producer, requests } = handAnswered();
    await producer.send([]);
    expect(requests).toEqual([]);
  });
});
