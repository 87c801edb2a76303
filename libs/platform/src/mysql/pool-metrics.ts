import type { Pool } from 'mariadb';
import type { Metrics } from '../runtime/metrics.ts';

/**
 * How busy the database's connections are, read when it is scraped: OpenTelemetry's database client conventions
 * (`db.client.connection.*`), as Prometheus writes them.
 */
export function measurePool(
  pool: Pick<Pool, 'idleConnections' | 'activeConnections' | 'taskQueueSize'>,
  maxConnections: number,
  metrics: Metrics,
): void {
  metrics.gauge({
    name: 'db_client_connection_count',
    help: 'Connections to the database, by state: used or idle',
    labels: ['db_client_connection_state'],
    collect(gauge) {
      gauge.set({ db_client_connection_state: 'used' }, pool.activeConnections());
      gauge.set({ db_client_connection_state: 'idle' }, pool.idleConnections());
    },
  });
  metrics
    .gauge({ name: 'db_client_connection_max', help: 'Most connections to the database (MYSQL_POOL_SIZE)' })
    .set(maxConnections);
  metrics.gauge({
    name: 'db_client_connection_pending_requests',
    help: 'Units of work that wait for a connection to the database',
    collect: (gauge) => gauge.set(pool.taskQueueSize()),
  });
}
