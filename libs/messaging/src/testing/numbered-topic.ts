import type { TopicDefinition } from '@stagedoor/contracts';
import { z } from 'zod';

/** What tests send. */
export interface Numbered {
  key: string;
  n: number;
}

const schema = z.object({ key: z.string(), n: z.number() });

/** A topic of numbered messages. */
export const numberedTopic = (name: string, partitions = 4): TopicDefinition<Numbered> => ({
  name,
  partitions,
  retentionMs: 3_600_000,
  kind: 'Numbered',
  version: 1,
  schema,
  writtenSchema: schema,
  key: ({ key }) => key,
});

/** One of its messages, as a producer sends it. */
export const numbered = (topic: string, n: number, key = `k${n}`) => ({
  topic,
  key,
  value: JSON.stringify({ key, n }),
  headers: {},
});
