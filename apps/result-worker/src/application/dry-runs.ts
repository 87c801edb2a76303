import {
  decode,
  type OutboundMessage,
  type PaymentRequest,
  paymentDeadline,
  type RawMessage,
  type Received,
  type TopicDefinition,
  topics,
} from '@stagedoor/contracts';
import type { Clock } from '@stagedoor/platform';
import { type ForecastMessage, forecast } from '../domain/forecast.ts';
import { type ReplayVerdict, replay } from '../domain/replay.ts';
import type { NotFound } from './dead-letters.ts';
import type { DeadLetterReader, PartitionFinder, PaymentReader, PaymentRecord } from './ports.ts';

/** What a replay would come to. */
export type DryRun =
  | { kind: 'refused'; verdict: Extract<ReplayVerdict, { kind: 'rejected' }> }
  | {
      kind: 'would-replay';
      message: OutboundMessage;
      /** Null while Kafka cannot be asked. */
      partition: number | null;
      /** The reservation that the message is about; null where it is about none. */
      reservationId: string | null;
      /** Its payment; null where nothing is known of it. */
      payment: PaymentRecord | null;
      /** What the message is expected to do, in words. */
      forecast: string;
    };

/** What DryRuns is built from. */
export interface DryRunsOptions {
  letters: Pick<DeadLetterReader, 'find'>;
  payments: PaymentReader;
  partitions: PartitionFinder;
  clock: Clock;
  /** How long a payment may take whose request does not say it. */
  paymentTimeoutMs: number;
}

/** Says what a replay would do; changes nothing. */
export class DryRuns {
  readonly #options: DryRunsOptions;

  constructor(options: DryRunsOptions) {
    this.#options = options;
  }

  /** Of a replay with `repaired` instead of the letter's own value where that is given. */
  async of(id: string, repaired: Buffer | null): Promise<DryRun | NotFound> {
    const { letters, payments, partitions, clock } = this.#options;
    const found = await letters.find(id);
    if (found === null) return { kind: 'not-found' };
    const verdict = replay(found.letter, repaired);
    if (verdict.kind === 'rejected') return { kind: 'refused', verdict };
    const { message } = verdict;
    const now = clock.now();
    const arriving = this.#arriving(message, now);
    const reservationId = reservationOf(arriving);
    const [partition, payment] = await Promise.all([
      partitions.partitionOf(message.topic, message.key),
      reservationId === null ? null : payments.find(reservationId),
    ]);
    const expected = forecast(arriving, payment, now);
    return { kind: 'would-replay', message, partition, reservationId, payment, forecast: expected };
  }

  /** As its readers will see it: with a timestamp of its own, which a request without a zone goes by. */
  #arriving(message: OutboundMessage, now: Date): ForecastMessage {
    const topic = Object.values(topics).find(({ name }) => name === message.topic) as TopicDefinition<unknown>;
    const raw: RawMessage = {
      ...message,
      partition: 0,
      offset: '0',
      key: Buffer.from(message.key),
      value: Buffer.from(message.value),
      timestamp: now,
    };
    const read = decode(topic, raw);
    if (!read.ok) throw new Error(`a message that may be replayed cannot be read: ${read.detail}`);
    const { value } = read.message;
    const deadline =
      topic.name === topics.paymentRequests.name
        ? { deadline: paymentDeadline(read.message as Received<PaymentRequest>, this.#options.paymentTimeoutMs) }
        : {};
    return { topic: topic.name, value, ...deadline } as ForecastMessage;
  }
}

const reservationOf = (message: ForecastMessage): string | null =>
  'reservationId' in message.value ? message.value.reservationId : null;
