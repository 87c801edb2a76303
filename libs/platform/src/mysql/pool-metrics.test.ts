import { expect, test } from 'vitest';
import { createMetrics } from '../runtime/metrics.ts';
import { measurePool } from './pool-metrics.ts';

test('the pool is looked at with each scrape', async () => {
  const metrics = createMetrics('any');
  const pool = {
    busy: 0,
    idleConnections: () => 4 - pool.busy,
    activeConnections: () => pool.busy,
    taskQueueSize: () => 7,
  };
  measurePool(pool, 4, metrics);
  pool.busy = 3;
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/db_client_connection_count\{[^}]*state="used"[^}]*\} 3/);
  expect(text).toMatch(/db_client_connection_count\{[^}]*state="idle"[^}]*\} 1/);
  expect(text).toMatch(/db_client_connection_max\{[^}]*\} 4/);
  expect(text).toMatch(/db_client_connection_pending_requests\{[^}]*\} 7/);
});
