import type { Clock, Metrics } from '@stagedoor/platform';
import type { GaugeReader, ResultGauges, ResultMetrics } from '../../application/ports.ts';

/** Counts what was committed, for Prometheus. */
export function prometheusResultMetrics(metrics: Metrics): ResultMetrics {
  const verdicts = metrics.counter<'command' | 'verdict'>({
    name: 'result_verdicts_total',
    help: 'Requests, results and deadlines, by what they came to',
    labels: ['command', 'verdict'],
  });
  const decisions = metrics.counter<'outcome'>({
    name: 'result_decisions_total',
    help: 'Payments decided, by outcome',
    labels: ['outcome'],
  });
  const asked = metrics.counter<'reason'>({
    name: 'result_refunds_requested_total',
    help: 'Refunds asked for, by reason; DECIDED_OTHERWISE are successes that came too late',
    labels: ['reason'],
  });
  const reported = metrics.counter<'status'>({
    name: 'result_refund_results_total',
    help: 'Results of refunds, whoever asked for them',
    labels: ['status'],
  });
  const stored = metrics.counter({ name: 'result_dead_letters_stored_total', help: 'Dead letters stored' });
  const resolved = metrics.counter<'action'>({
    name: 'result_dead_letters_resolved_total',
    help: 'Dead letters replayed or discarded',
    labels: ['action'],
  });
  const sweeping = metrics.gauge({
    name: 'result_expiry_possible',
    help: '1 where this replica expires overdue payments; 0 where another does, or Kafka is away or just back',
  });
  const outcomes: Partial<Record<string, string>> = {
    confirmed: 'CONFIRMED',
    'payment-failed': 'PAYMENT_FAILED',
    expired: 'EXPIRED',
  };
  return {
    decided(command, kind) {
      verdicts.inc({ command, verdict: kind });
      const outcome = outcomes[kind];
      if (outcome !== undefined) decisions.inc({ outcome });
    },
    refundAsked: (reason) => asked.inc({ reason }),
    refundReported: (status) => reported.inc({ status }),
    deadLettersStored: (count) => stored.inc(count),
    deadLetterResolved: (action) => resolved.inc({ action }),
    sweeping: (possible) => sweeping.set(possible ? 1 : 0),
  };
}

/** Gauges that are read from the database when metrics are asked for; while it is away they keep their last values. */
export function registerGauges(metrics: Metrics, gauges: GaugeReader, clock: Clock): void {
  let reading: Promise<ResultGauges | null> | undefined;
  // The gauges of one scrape are collected at once: they share one look.
  const read = (): Promise<ResultGauges | null> => {
    reading ??= gauges
      .read(clock.now())
      .catch(() => null)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const numbers: [name: string, help: string, value: (read: ResultGauges) => number][] = [
    ['result_pending', 'Payments that are not decided', ({ pending }) => pending],
    [
      'result_oldest_pending_seconds',
      'How long ago the longest pending payment was requested',
      ({ oldestPendingMs }) => oldestPendingMs / 1000,
    ],
    [
      'result_awaiting_request',
      'Reservations of which only results came: a foreign producer, or requests that are behind',
      ({ awaitingRequest }) => awaitingRequest,
    ],
  ];
  for (const [name, help, value] of numbers) {
    metrics.gauge({
      name,
      help,
      async collect(gauge) {
        const now = await read();
        if (now !== null) gauge.set(value(now));
      },
    });
  }
  metrics.gauge<'topic' | 'status'>({
    name: 'result_dead_letters',
    help: 'Dead letters that are kept, by original topic and what was done about them',
    labels: ['topic', 'status'],
    async collect(gauge) {
      const now = await read();
      if (now === null) return;
      gauge.reset();
      for (const { topic, status, count } of now.deadLetters) gauge.set({ topic, status }, count);
    },
  });
}
