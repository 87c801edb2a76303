import { randomUUID } from 'node:crypto';
import { topics } from '@stagedoor/contracts';
import { patchKafkaJs } from '@stagedoor/messaging';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { type Injection, pause } from './injection.ts';

const AGAIN_AFTER_MS = 1_000;
const PER_SEND = 500;

/**
 * Payment requests of a foreign producer, which knows only the record: all of one fan, and so all in one partition, each
 * of them sent twice. The fan has no wallet, so each is answered, and none moves money.
 */
export const fillBacklog: Injection = async ({ size }, { stack, over }) => {
  const userId = `foreign-${randomUUID()}`;
  const messages = Array.from({ length: Math.ceil(size / 2) }, () => {
    const reservationId = `foreign-${randomUUID()}`;
    const record = {
      reservationId,
      userId,
      amount: 1_000,
      idempotencyKey: `order-${reservationId}`,
      scheduleId: 1,
      seatNumber: 1,
      requestedAt: new Date().toISOString(),
    };
    return { key: userId, value: JSON.stringify(record) };
  }).flatMap((message) => [message, message]);

  while (messages.length > 0 && !over.aborted) {
    patchKafkaJs();
    const kafka = new Kafka({
      brokers: stack.admin.kafkaBrokers.split(','),
      clientId: 'chaos-backlog',
      logLevel: logLevel.NOTHING,
      retry: { retries: 2 },
    });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    try {
      await producer.connect();
      while (messages.length > 0 && !over.aborted) {
        await producer.send({ topic: topics.paymentRequests.name, messages: messages.slice(0, PER_SEND) });
        messages.splice(0, PER_SEND);
      }
    } catch {
      // Another fault has taken the broker away. What was sent twice only makes the backlog longer.
      await pause(AGAIN_AFTER_MS, over);
    } finally {
      await producer.disconnect().catch(() => {});
    }
  }
};
