import { chart, type Panel, quantile, quantiles, rate } from './panels.ts';

const fans = 'route!~"/live|/ready|/metrics"';

/** Rate, errors and duration of each service, and what it is short of. */
export const services: readonly (readonly Panel[])[] = [
  [
    chart('Requests per second', 'reqps', 'By service', [
      rate(`http_server_request_duration_seconds_count{${fans}}`, ['app']),
      '{{app}}',
    ]),
    chart('Errors per second', 'reqps', '5xx by route; 503 are also those that were refused at the door', [
      rate(`http_server_request_duration_seconds_count{${fans}, status=~"5.."}`, ['app', 'route', 'status']),
      '{{app}} {{route}} {{status}}',
    ]),
    chart('Duration p99', 's', 'By service', [
      quantile(0.99, `http_server_request_duration_seconds{${fans}}`, ['app']),
      '{{app}}',
    ]),
  ],
  [
    chart('Requests by route', 'reqps', 'The ten busiest', [
      `topk(10, ${rate(`http_server_request_duration_seconds_count{${fans}}`, ['method', 'route'])})`,
      '{{method}} {{route}}',
    ]),
    chart('Answers by status', 'reqps', '4xx are rules that said no, 429 callers that are too fast', [
      rate(`http_server_request_duration_seconds_count{${fans}}`, ['app', 'status']),
      '{{app}} {{status}}',
    ]),
    chart('Duration p95 by route', 's', 'The ten slowest', [
      `topk(10, ${quantile(0.95, `http_server_request_duration_seconds{${fans}}`, ['method', 'route'])})`,
      '{{method}} {{route}}',
    ]),
  ],
  [
    chart('Refused', 'reqps', 'At the door, with 503 and Retry-After, because too many are in flight (ADR 14)', [
      rate('http_server_refused_requests_total', ['app']),
      '{{app}}',
    ]),
    chart('Requests in flight', 'none', 'Taken and not answered; HTTP_MAX_IN_FLIGHT bounds them', [
      'sum by (app) (http_server_active_requests)',
      '{{app}}',
    ]),
    chart(
      'WebSockets',
      'none',
      'Open ones, and those closed from here per second',
      ['sum by (app) (queue_websocket_connections)', 'open'],
      [rate('queue_websocket_dropped_total', ['reason']), 'dropped/s {{reason}}'],
    ),
  ],
  [
    chart('CPU', 'none', 'Cores, of one process each', [
      rate('process_cpu_seconds_total', ['app', 'instance']),
      '{{app}} {{instance}}',
    ]),
    chart('Event loop, late by', 's', 'p99 since the last scrape: what every answer waits for', [
      'max by (app, instance) (nodejs_eventloop_lag_p99_seconds)',
      '{{app}} {{instance}}',
    ]),
    chart(
      'Memory',
      'bytes',
      'Resident, and used of the heap',
      ['sum by (app, instance) (process_resident_memory_bytes)', '{{app}} {{instance}}'],
      ['sum by (app, instance) (nodejs_heap_size_used_bytes)', '{{app}} {{instance}} heap'],
    ),
  ],
  [
    chart(
      'Database connections',
      'none',
      'In use, at most, and units of work that wait for one',
      ['sum by (app) (db_client_connection_count{db_client_connection_state="used"})', '{{app}} used'],
      ['sum by (app) (db_client_connection_max)', '{{app}} most'],
      ['sum by (app) (db_client_connection_pending_requests)', '{{app}} waiting'],
    ),
    chart('Commands per transaction', 'none', 'p95 of a group commit: grows with the load, up to COMMIT_MAX_BATCH', [
      quantile(0.95, 'group_commit_batch_commands', ['app', 'name']),
      '{{app}} {{name}}',
    ]),
    chart(
      'Provider',
      'none',
      'Calls per second by status (0: no answer), under way and waiting',
      [rate('provider_call_duration_seconds_count', ['operation', 'status']), '{{operation}} {{status}}'],
      ['sum by (state) (provider_calls_in_flight)', '{{state}}'],
    ),
    chart('Provider, duration', 's', 'Of one call', ...quantiles('provider_call_duration_seconds', 'call')),
  ],
];
