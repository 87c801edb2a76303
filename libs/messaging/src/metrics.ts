import type { Metrics } from '@stagedoor/platform';
import type { ProducerMessage } from './ports.ts';

// Names and labels follow OpenTelemetry's messaging conventions, written as Prometheus writes them.
const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];
// Seconds, up to the five minutes after which a payment has missed its deadline.
const AGES = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What a MessageProducer measures. */
export function producerMetrics(metrics: Metrics) {
  const sent = metrics.counter({
    name: 'messaging_client_sent_messages_total',
    help: 'Messages acknowledged by the broker',
    labels: ['messaging_destination_name'],
  });
  const duration = metrics.histogram({
    name: 'messaging_client_operation_duration_seconds',
    help: 'Time from sending a request of messages to its acknowledgement or failure',
    labels: ['messaging_operation_name', 'error_type'],
  });
  return {
    async timed(messages: readonly ProducerMessage[], send: () => Promise<void>): Promise<void> {
      const end = duration.startTimer({ messaging_operation_name: 'send' });
      try {
        await send();
        end({ error_type: '' });
        for (const [topic, count] of Map.groupBy(messages, (message) => message.topic)) {
          sent.inc({ messaging_destination_name: topic }, count.length);
        }
      } catch (error) {
        end({ error_type: error instanceof Error ? error.name : 'unknown' });
        throw error;
      }
    },
  };
}

/** What an OutboxRelay measures. */
export function relayMetrics(metrics: Metrics, shard: number) {
  const labels = ['shard'] as const;
  const waiting = metrics.gauge({
    name: 'messaging_outbox_rows_waiting',
    help: 'Rows that the relay still has to send, estimated from their ids; 0 on a replica that does not lead',
    labels,
  });
  const age = metrics.gauge({
    name: 'messaging_outbox_oldest_age_seconds',
    help: 'Age of the oldest row that the relay still has to send',
    labels,
  });
  const batch = metrics.histogram({
    name: 'messaging_outbox_batch_messages',
    help: 'Messages that left the outbox in one send',
    labels,
    buckets: COUNTS,
  });
  const label = { shard: String(shard) };
  return {
    backlog(rows: number, oldestAgeMs: number) {
      waiting.set(label, rows);
      age.set(label, oldestAgeMs / 1000);
    },
    sent: (messages: number) => batch.observe(label, messages),
  };
}

/** How the handling of a message ended. */
export type MessageResult = 'processed' | 'dead_lettered' | 'skipped' | 'abandoned';

/** What a ConsumerRunner measures. */
export function consumerMetrics(metrics: Metrics, group: string) {
  const named = { messaging_consumer_group_name: group };
  const perTopic = ['messaging_consumer_group_name', 'messaging_destination_name'] as const;
  const fetched = metrics.histogram({
    name: 'messaging_receive_batch_messages',
    help: 'Messages that one fetch brought from one partition',
    labels: perTopic,
    buckets: COUNTS,
  });
  const together = metrics.histogram({
    name: 'messaging_process_batch_messages',
    help: 'Messages processed in one transaction',
    labels: perTopic,
    buckets: COUNTS,
  });
  const results = metrics.counter({
    name: 'messaging_process_messages_total',
    help: 'Messages by how their handling ended: processed, dead_lettered, skipped (not ours to dead-letter) or abandoned (partition lost or shutdown; they come again)',
    labels: [...perTopic, 'result'],
  });
  const retries = metrics.counter({
    name: 'messaging_process_retries_total',
    help: 'Attempts that failed and are made again, by message or by transaction',
    labels: perTopic,
  });
  const deadLetters = metrics.counter({
    name: 'messaging_dead_letters_total',
    help: 'Messages put on a dead-letter topic, by reason',
    labels: [...perTopic, 'error_type'],
  });
  const age = metrics.histogram({
    name: 'messaging_message_age_seconds',
    help: "Time from a record's Kafka timestamp to the end of its handling",
    labels: perTopic,
    buckets: AGES,
  });
  // Known from the start, whether anything is assigned yet or not.
  if (!sources.has(metrics.registry)) partitionGauges(metrics);
  const of = (topic: string) => ({ ...named, messaging_destination_name: topic });
  // Two of them are counted with every message: their labels are looked up once per topic.
  const agesOf = remembered((topic: string) => age.labels(of(topic)));
  const resultsOf = remembered((topic: string) => {
    return remembered((result: MessageResult) => results.labels({ ...of(topic), result }));
  });
  return {
    fetched: (topic: string, count: number) => fetched.observe(of(topic), count),
    together: (topic: string, count: number) => together.observe(of(topic), count),
    ended(topic: string, result: MessageResult, ageMs: number) {
      resultsOf(topic)(result).inc();
      if (result !== 'abandoned') agesOf(topic).observe(Math.max(ageMs, 0) / 1000);
    },
    retried: (topic: string) => retries.inc(of(topic)),
    deadLettered: (topic: string, errorCode: string) => deadLetters.inc({ ...of(topic), error_type: errorCode }),
  };
}

export type ConsumerMetrics = ReturnType<typeof consumerMetrics>;

/** How an assigned partition stands. */
export interface PartitionState {
  topic: string;
  partition: number;
  /** Messages. */
  lag: number;
  /** Messages. */
  inFlight: number;
  paused: boolean;
}

type PartitionLabel = keyof ReturnType<typeof partitionLabels>;
type Source = { group: string; partitions: () => Iterable<PartitionState> };
/** Of each registry, the runners that are asked when it is scraped: their state changes with every message. */
const sources = new WeakMap<object, Set<Source>>();

const partitionLabels = (group: string, { topic, partition }: PartitionState) => ({
  messaging_consumer_group_name: group,
  messaging_destination_name: topic,
  messaging_destination_partition_id: String(partition),
});

/** Shows a runner's partitions in the metrics; the answer ends that. */
export function showPartitions(
  metrics: Metrics,
  group: string,
  partitions: () => Iterable<PartitionState>,
): () => void {
  const known = sources.get(metrics.registry) ?? partitionGauges(metrics);
  const source = { group, partitions };
  known.add(source);
  return () => known.delete(source);
}

function partitionGauges(metrics: Metrics): Set<Source> {
  const ofRegistry = new Set<Source>();
  sources.set(metrics.registry, ofRegistry);
  const gauge = (name: string, help: string, read: (state: PartitionState) => number): void => {
    metrics.gauge<PartitionLabel>({
      name,
      help,
      labels: ['messaging_consumer_group_name', 'messaging_destination_name', 'messaging_destination_partition_id'],
      collect(shown) {
        shown.reset();
        for (const { group, partitions } of ofRegistry) {
          for (const state of partitions()) shown.set(partitionLabels(group, state), read(state));
        }
      },
    });
  };
  gauge(
    'messaging_consumer_lag_messages',
    "Offsets between what is processed contiguously and the partition's end at the last fetch",
    ({ lag }) => lag,
  );
  gauge('messaging_consumer_in_flight_messages', 'Messages in hand', ({ inFlight }) => inFlight);
  gauge(
    'messaging_consumer_paused',
    '1 while a partition is not fetched from because enough of its messages are in hand or being retried',
    ({ paused }) => (paused ? 1 : 0),
  );
  return ofRegistry;
}

/** Makes each thing once; there are as many as topics. */
function remembered<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
