import { chart, type Panel, quantile, rate } from './panels.ts';

const topic = ['messaging_destination_name'];
const perGroup = ['messaging_consumer_group_name', 'messaging_destination_name'];
const groupAndTopic = '{{messaging_consumer_group_name}} {{messaging_destination_name}}';

/** Between the services: what leaves, what arrives, what is behind, what has failed. */
export const messaging: readonly (readonly Panel[])[] = [
  [
    chart('Sent', 'cps', 'Messages acknowledged by the broker, per second', [
      rate('messaging_client_sent_messages_total', topic),
      '{{messaging_destination_name}}',
    ]),
    chart('Processed', 'cps', 'Messages by how their handling ended, per second', [
      rate('messaging_process_messages_total', [...perGroup, 'result']),
      `${groupAndTopic} {{result}}`,
    ]),
  ],
  [
    chart('Lag', 'none', 'Messages behind the end of the topic, as of the last fetch', [
      `sum by (${perGroup.join(', ')}) (messaging_consumer_lag_messages)`,
      groupAndTopic,
    ]),
    chart('Age', 's', 'p95 from the record in Kafka to the end of its handling', [
      quantile(0.95, 'messaging_message_age_seconds', perGroup),
      groupAndTopic,
    ]),
  ],
  [
    chart(
      'Outbox',
      'none',
      'Rows that have not left, and how old the first of them is, in seconds',
      ['max by (app) (messaging_outbox_rows_waiting)', '{{app}} rows'],
      ['max by (app) (messaging_outbox_oldest_age_seconds)', '{{app}} oldest, s'],
    ),
    chart('Messages per send', 'none', 'p95 of what left an outbox at once', [
      quantile(0.95, 'messaging_outbox_batch_messages', ['app']),
      '{{app}}',
    ]),
    chart('Sending', 's', 'p95 until the acknowledgement of the broker, or the failure', [
      quantile(0.95, 'messaging_client_operation_duration_seconds', ['app', 'error_type']),
      '{{app}} {{error_type}}',
    ]),
  ],
  [
    chart(
      'In hand',
      'none',
      'Messages that are being processed, and partitions that are paused for it',
      [`sum by (${perGroup.join(', ')}) (messaging_consumer_in_flight_messages)`, groupAndTopic],
      [`sum by (${perGroup.join(', ')}) (messaging_consumer_paused)`, `${groupAndTopic} paused`],
    ),
    chart(
      'Messages at once',
      'none',
      'p95 of one fetch of a partition, and of one transaction',
      [quantile(0.95, 'messaging_receive_batch_messages', topic), '{{messaging_destination_name}} fetched'],
      [quantile(0.95, 'messaging_process_batch_messages', topic), '{{messaging_destination_name}} in a transaction'],
    ),
    chart('Tried again', 'cps', 'Attempts that failed and are made again, per second', [
      rate('messaging_process_retries_total', perGroup),
      groupAndTopic,
    ]),
  ],
  [
    chart(
      'Dead letters',
      'none',
      'Those that are kept, by topic and by what was done about them',
      ['max by (topic, status) (result_dead_letters)', '{{topic}} {{status}}'],
      [
        'sum by (messaging_destination_name, error_type) (increase(messaging_dead_letters_total[1h]))',
        '{{messaging_destination_name}} {{error_type}} in the last hour',
      ],
    ),
    chart('Decisions', 'cps', 'Of result-worker, per second', [
      rate('result_decisions_total', ['outcome']),
      '{{outcome}}',
    ]),
    chart(
      'Refunds',
      'cps',
      'Asked for by result-worker (DECIDED_OTHERWISE: a success that came too late), and done',
      [rate('result_refunds_requested_total', ['reason']), 'asked: {{reason}}'],
      [rate('refunds_settled_total', ['status']), 'done: {{status}}'],
      [rate('refunds_refused_total'), 'refused'],
    ),
  ],
];
