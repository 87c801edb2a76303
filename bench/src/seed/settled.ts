import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseName, System } from '../system/system.ts';

const DATABASES: readonly DatabaseName[] = ['queue', 'reservation', 'payment', 'result'];

/** Waits until no outbox holds anything: what was seeded has left, or what a run left behind. */
export async function outboxesAreEmpty(system: System, forMs = 120_000): Promise<void> {
  const until = Date.now() + forMs;
  for (const name of DATABASES) {
    const database = await system.database(name);
    while (((await database.query('SELECT id FROM outbox LIMIT 1')) as unknown[]).length > 0) {
      if (Date.now() > until) throw new Error(`the outbox of ${name} is not empty after ${forMs / 1000} s`);
      await sleep(50);
    }
  }
}

const SETTLE_FOR_MS = 180_000;

/** Waits until no payment is pending any more. */
export async function allAreDecided(system: System, forMs = SETTLE_FOR_MS): Promise<void> {
  const database = await system.database('reservation');
  const until = Date.now() + forMs;
  const pending = async () =>
    ((await database.query("SELECT 1 FROM reservations WHERE status = 'PAYMENT_PENDING' LIMIT 1")) as unknown[]).length;
  while ((await pending()) > 0) {
    if (Date.now() > until) throw new Error(`payments are still pending after ${forMs / 1000} s`);
    await sleep(200);
  }
}
