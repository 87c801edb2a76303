import type { Metrics } from '@stagedoor/platform';
import type { QueueMetrics } from '../../application/queue-metrics.ts';

/** The waiting room's business in Prometheus. */
export function prometheusQueueMetrics(metrics: Metrics): QueueMetrics {
  const joins = metrics.counter({ name: 'queue_joins_total', help: 'Joins that were answered', labels: ['result'] });
  const admissions = metrics.counter({ name: 'queue_admissions_total', help: 'Fans let in' });
  const ended = metrics.counter({ name: 'queue_admissions_ended_total', help: 'Admissions ended', labels: ['reason'] });
  const waiting = metrics.gauge({ name: 'queue_waiting_fans', help: 'Fans in the line', labels: ['schedule'] });
  const inside = metrics.gauge({ name: 'queue_inside_fans', help: 'Slots taken', labels: ['schedule'] });
  const events = metrics.counter({ name: 'queue_events_total', help: 'Domain events processed', labels: ['result'] });
  const connections = metrics.gauge({ name: 'queue_websocket_connections', help: 'Open WebSockets' });
  const dropped = metrics.counter({
    name: 'queue_websocket_dropped_total',
    help: 'WebSockets that were closed from here',
    labels: ['reason'],
  });
  const shown = new Set<number>();
  return {
    joined: (result) => joins.inc({ result }),
    admitted: (count) => admissions.inc(count),
    ended: (reason, count) => ended.inc({ reason }, count),
    room(scheduleId, counts) {
      shown.add(scheduleId);
      const schedule = String(scheduleId);
      waiting.set({ schedule }, counts.waiting);
      inside.set({ schedule }, counts.inside);
    },
    liveRooms(scheduleIds) {
      for (const scheduleId of shown) {
        if (scheduleIds.has(scheduleId)) continue;
        // Its last numbers would stand for ever, as fans who wait.
        waiting.remove({ schedule: String(scheduleId) });
        inside.remove({ schedule: String(scheduleId) });
        shown.delete(scheduleId);
      }
    },
    event: (result) => events.inc({ result }),
    connections: (count) => connections.set(count),
    connectionDropped: (reason) => dropped.inc({ reason }),
  };
}
