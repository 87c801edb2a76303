import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Stack } from '../../infra/stack/index.mjs';

const run = promisify(execFile);

/**
 * Writes records as a program in another language would that knows only the record: no headers, Kafka's own partitioner. A
 * value holds neither a line end nor a tab.
 */
export async function produce(stack: Stack, topic: string, key: string, values: readonly (string | Buffer)[]) {
  const kcat = run('kcat', [
    '-P',
    '-b',
    stack.admin.kafkaBrokers,
    '-t',
    topic,
    '-K',
    '\t',
    '-X',
    'topic.partitioner=murmur2_random',
  ]);
  const lines = values.flatMap((value) => [Buffer.from(`${key}\t`), Buffer.from(value), Buffer.from('\n')]);
  kcat.child.stdin?.end(Buffer.concat(lines));
  await kcat;
}
