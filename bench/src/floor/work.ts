import { topics } from '@stagedoor/contracts';
import { patchKafkaJs } from '@stagedoor/messaging';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import type { DatabaseName, System } from '../system/system.ts';

/** What was written so far: rows by table, messages by topic. */
export interface Written {
  /** `database.table` → rows in it, and rows that were ever inserted, updated or deleted. */
  tables: Record<string, { rows: number; changed: number }>;
  messages: Record<string, number>;
  /** Commands by name, those that scripts make included. */
  redis: Record<string, number>;
}

/** What one operation writes, on average. */
export interface WorkPerOp {
  /** `database.table` → rows. */
  tables: Record<string, { inserted: number; updated: number }>;
  messages: Record<string, number>;
  /** Redis commands by name; told beside the floor, not part of it. */
  redis: Record<string, number>;
}

/** Rarer ones are the infrastructure's own. */
const FEWEST_PER_OP = 0.01;
const DATABASES: readonly DatabaseName[] = ['queue', 'reservation', 'payment', 'result'];
/** Counters of the infrastructure's own; `outbox` is made of the messages. */
const NOT_COUNTED = /\.(leases|outbox|_prisma_migrations)$/;

/** Lets the server count changed rows by table (MariaDB's user statistics). */
export async function startCounting(system: System): Promise<void> {
  await (await system.database('reservation')).query('SET GLOBAL userstat = 1');
}

export async function written(system: System): Promise<Written> {
  const database = await system.database('reservation');
  const list = DATABASES.map((name) => `'${name}'`).join(', ');
  const statistics = (await database.query(
    `SELECT t.TABLE_SCHEMA AS \`schema\`, t.TABLE_NAME AS \`name\`, COALESCE(s.ROWS_CHANGED, 0) AS changed
     FROM information_schema.TABLES t LEFT JOIN information_schema.TABLE_STATISTICS s USING (TABLE_SCHEMA, TABLE_NAME)
     WHERE t.TABLE_SCHEMA IN (${list})`,
  )) as { schema: string; name: string; changed: number }[];
  const tables: Written['tables'] = {};
  for (const { schema, name, changed } of statistics) {
    const table = `${schema}.${name}`;
    if (NOT_COUNTED.test(table)) continue;
    const [row] = (await database.query(`SELECT COUNT(*) AS n FROM ${table}`)) as { n: number }[];
    tables[table] = { rows: Number(row?.n), changed: Number(changed) };
  }
  patchKafkaJs();
  const admin = new Kafka({ brokers: system.access.kafka.brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const messages: Written['messages'] = {};
  for (const { name } of Object.values(topics)) {
    const offsets = await admin.fetchTopicOffsets(name);
    messages[name] = offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }
  await admin.disconnect();
  return { tables, messages, redis: await redisCommands(system) };
}

/** By INFO commandstats. */
async function redisCommands(system: System): Promise<Record<string, number>> {
  const redis = new Redis(system.stack.admin.redisUrl);
  const text = await redis.info('commandstats');
  redis.disconnect();
  return Object.fromEntries(
    [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, calls]) => [name, Number(calls)]),
  );
}

/** What `operations` operations wrote between two counts, each. Rows that are not touched are left out. */
export function workPerOp(before: Written, after: Written, operations: number): WorkPerOp {
  const tables: WorkPerOp['tables'] = {};
  for (const [table, { rows, changed }] of Object.entries(after.tables)) {
    const inserted = Math.max(0, rows - (before.tables[table]?.rows ?? 0));
    const updated = Math.max(0, changed - (before.tables[table]?.changed ?? 0) - inserted);
    if (inserted + updated > 0) tables[table] = { inserted: inserted / operations, updated: updated / operations };
  }
  const messages = Object.fromEntries(
    Object.entries(after.messages)
      .map(([topic, count]) => [topic, (count - (before.messages[topic] ?? 0)) / operations] as const)
      .filter(([, count]) => count > 0),
  );
  const redis = Object.fromEntries(
    Object.entries(after.redis)
      .map(([command, count]) => [command, (count - (before.redis[command] ?? 0)) / operations] as const)
      .filter(([, count]) => count >= FEWEST_PER_OP),
  );
  return { tables, messages, redis };
}
