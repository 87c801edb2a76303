import type { Logger, Metrics } from '@stagedoor/platform';
import { inconsistencies, type Observer } from '../../application/ports.ts';

// Seconds, up to the deadline of a payment and what comes after it.
const OUTCOME_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 360, 600];

/** Counts the business for Prometheus; what should never happen is logged as well. */
export function prometheusObserver(metrics: Metrics, logger: Logger): Observer {
  const applied = metrics.counter({
    name: 'reservation_transitions_total',
    help: 'Transitions of reservations, by their event',
    labels: ['event'],
  });
  const alreadyApplied = metrics.counter({
    name: 'reservation_already_applied_total',
    help: 'Commands and messages that had been applied before',
    labels: ['command'],
  });
  const rejected = metrics.counter({
    name: 'reservation_rejections_total',
    help: 'Commands and messages that a rule refused',
    labels: ['command', 'reason'],
  });
  const foreign = metrics.counter({
    name: 'reservation_foreign_messages_total',
    help: 'Messages about reservations that are not known here',
    labels: ['topic'],
  });
  const inconsistent = metrics.counter({
    name: 'reservation_inconsistencies_total',
    help: 'What cannot be while every service does its duty; for an alert',
    labels: ['kind'],
  });
  // From the start, so that the first one is an increase: a series that begins with 1 is none.
  for (const kind of inconsistencies) inconsistent.inc({ kind }, 0);
  const republished = metrics.counter({
    name: 'reservation_payment_requests_republished_total',
    help: 'Payment requests that were put out again for want of an outcome',
  });
  const outcomes = metrics.histogram({
    name: 'reservation_payment_outcome_seconds',
    help: 'Time from "pay" until the payment is decided, by what the reservation became',
    labels: ['status'],
    buckets: OUTCOME_SECONDS,
  });
  return {
    applied: (event, count) => applied.inc({ event }, count),
    alreadyApplied: (command, count) => alreadyApplied.inc({ command }, count),
    rejected: (command, reason) => rejected.inc({ command, reason }),
    foreign: (topic, count) => foreign.inc({ topic }, count),
    inconsistent(kind, detail) {
      inconsistent.inc({ kind });
      logger.error({ kind, ...detail }, 'inconsistent with another service');
    },
    republished: (count) => republished.inc(count),
    decided: (status, afterMs) => outcomes.observe({ status }, Math.max(afterMs, 0) / 1000),
  };
}
