import { chart, number, type Panel, quantile, quantiles, rate } from './panels.ts';

const route = (method: string, path: string): string =>
  `http_server_request_duration_seconds{app="reservation-service", method="${method}", route="${path}"}`;
const event = (name: string): string => `reservation_transitions_total{event="reservation.${name}"}`;
const PAY = '/v1/reservations/:id/payment';

/** An on-sale day at one look: who comes, who gets a seat, what it costs them in time, what is degraded. */
export const overview: readonly (readonly Panel[])[] = [
  [
    number('Waiting', 'none', 'Fans in the lines of all rooms', [
      'sum(max by (schedule) (queue_waiting_fans))',
      'waiting',
    ]),
    number('Inside', 'none', 'Admissions that have not ended', [
      'sum(max by (schedule) (queue_inside_fans))',
      'inside',
    ]),
    number('Sold', 'none', 'Reservations confirmed since the services started', [`sum(${event('confirmed')})`, 'sold']),
    number('Conversion', 'percentunit', 'Of the holds of the last 15 min, the share that was confirmed', [
      `sum(increase(${event('confirmed')}[15m])) / sum(increase(${event('held')}[15m]))`,
      'confirmed / held',
    ]),
    number('Pay p99', 's', 'Answer to "pay"; below 250 ms is what we aim at', [
      quantile(0.99, route('POST', PAY)),
      'p99',
    ]),
    number('Settled p95', 's', 'From "pay" until it is decided', [
      quantile(0.95, 'reservation_payment_outcome_seconds'),
      'p95',
    ]),
    number('Replicas', 'none', 'Replicas that answer', [
      'sum(up{job=~"queue-gateway|reservation-service|payment-worker|result-worker"})',
      'up',
    ]),
    number('Alerts', 'none', 'Alerts that fire', ['count(ALERTS{alertstate="firing"}) or vector(0)', 'firing']),
  ],
  [
    chart(
      'From the door to the seat',
      'cps',
      'What fans do, per second: each line is a step of the way',
      [rate('queue_joins_total{result="new"}'), 'join'],
      [rate('queue_admissions_total'), 'admitted'],
      [rate(event('held')), 'hold'],
      [rate(event('payment-pending')), 'pay'],
      [rate(event('confirmed')), 'confirmed'],
    ),
    chart(
      'Waiting rooms',
      'none',
      'Fans in the line and inside, by schedule',
      ['max by (schedule) (queue_waiting_fans)', 'waiting for {{schedule}}'],
      ['max by (schedule) (queue_inside_fans)', 'inside {{schedule}}'],
    ),
  ],
  [
    chart(
      'Hold and pay',
      's',
      'How long the answer takes',
      ...quantiles(route('POST', '/v1/reservations'), 'hold'),
      ...quantiles(route('POST', PAY), 'pay'),
    ),
    chart(
      'From "pay" until it is decided',
      's',
      'What fans wait for after "pay"',
      ...quantiles('reservation_payment_outcome_seconds', 'decided'),
    ),
  ],
  [
    chart('Transitions', 'cps', 'What reservations become, per second', [
      rate('reservation_transitions_total', ['event']),
      '{{event}}',
    ]),
    chart('Refused by a rule', 'cps', 'What fans are told no about: taken seats, limits, lapsed holds', [
      rate('reservation_rejections_total', ['command', 'reason']),
      '{{command}} {{reason}}',
    ]),
  ],
  [
    chart(
      'Money',
      'none',
      'Won per second',
      [rate('payments_charged_won_total'), 'charged'],
      [rate('refunds_refunded_won_total'), 'given back'],
    ),
    chart('Payments settled', 'cps', 'Verdicts of payment-worker, per second', [
      rate('payments_settled_total', ['status', 'reason']),
      '{{status}} {{reason}}',
    ]),
    chart(
      'Pending payments',
      'none',
      'Undecided payments, and how old the oldest is, in seconds: 300 is the deadline',
      ['max(result_pending)', 'pending'],
      ['max(result_oldest_pending_seconds)', 'oldest, s'],
    ),
    chart(
      'Degraded',
      'none',
      'Above 0: something is away and is worked around',
      ['1 - min(reservation_seat_locks_available)', 'no seat locks'],
      ['1 - max(result_expiry_possible)', 'nothing expires'],
      ['max(provider_breaker_open)', 'breaker open'],
      ['sum(rate(reservation_inconsistencies_total[5m]))', 'inconsistencies/s'],
      ['sum(reconcile_differences)', 'differences'],
    ),
  ],
];
