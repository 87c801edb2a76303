import type { RawMessage } from '@stagedoor/contracts';
import type { KafkaMessage } from 'kafkajs';

/** Fetched records as the contracts know them. Of a header given several times the last counts, as with Java's clients. */
export function rawMessages(topic: string, partition: number, messages: readonly KafkaMessage[]): RawMessage[] {
  return messages.map(({ key, value, offset, headers, timestamp }) => {
    const single: Record<string, Buffer | string | undefined> = {};
    for (const [name, header] of Object.entries(headers ?? {})) {
      single[name] = Array.isArray(header) ? header.at(-1) : header;
    }
    return { topic, partition, offset, key, value, headers: single, timestamp: new Date(Number(timestamp)) };
  });
}
