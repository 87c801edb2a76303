import { setTimeout as sleep } from 'node:timers/promises';
import { connectionSettings } from '@stagedoor/platform';
import { createConnection } from 'mariadb';
import type { ConsumerGroups } from './consumer-groups.ts';

const POLL_MS = 500;

/**
 * Waits until every group has read every topic of its own to the end and every outbox is empty, twice in a row: what one
 * look cannot see is what is between two services.
 * @throws Error that says what is left
 */
export async function untilAtRest(
  groups: ConsumerGroups,
  databases: Readonly<Record<string, string>>,
  withinMs: number,
): Promise<void> {
  const until = Date.now() + withinMs;
  let quiet = 0;
  let endsBefore = '';
  for (;;) {
    const behind = (await groups.lag()).filter(({ messages }) => messages > 0);
    const waiting = await outboxRows(databases);
    const ends = JSON.stringify([...(await groups.ends())].map(([place, end]) => [place, String(end)]));
    quiet = behind.length === 0 && waiting === 0 && ends === endsBefore ? quiet + 1 : 0;
    if (quiet === 2) return;
    endsBefore = ends;
    if (Date.now() > until) {
      throw new Error(`not at rest after ${withinMs} ms: ${waiting} outbox rows, ${JSON.stringify(behind)}`);
    }
    await sleep(POLL_MS);
  }
}

async function outboxRows(databases: Readonly<Record<string, string>>): Promise<number> {
  let rows = 0;
  for (const url of Object.values(databases)) {
    const connection = await createConnection({ ...connectionSettings(url), bigIntAsNumber: true });
    try {
      const [{ n }] = await connection.query('SELECT COUNT(*) AS n FROM outbox');
      rows += n;
    } finally {
      await connection.end();
    }
  }
  return rows;
}
