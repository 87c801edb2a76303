import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMetrics, startTracing, systemClock, tracer } from '@stagedoor/platform';
import { eventually, quietLogger, spanCollector } from '@stagedoor/testkit';
import { afterAll, expect, test } from 'vitest';
import { attempt } from '../../src/domain/payment.ts';
import { HttpProvider } from '../../src/outbound/http-provider/http-provider.ts';
import { NOW, paymentOrder } from '../builders.ts';

const collector = await spanCollector();
const heard: (string | undefined)[] = [];
/** Knows of nothing, and keeps what it is told about traces. */
const outside = createServer((request, response) => {
  heard.push(request.headers.traceparent?.toString());
  response.writeHead(404).end('{}');
});
await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
const provider = new HttpProvider({
  name: 'http',
  url: `http://127.0.0.1:${(outside.address() as AddressInfo).port}/pay`,
  timeoutMs: 5_000,
  bounds: {
    maxCalls: 1,
    maxQueuedCalls: 1,
    retries: 0,
    breaker: { failurePercent: 50, windowMs: 5_000, minCalls: 100, openMs: 100 },
  },
  clock: systemClock,
  logger: quietLogger,
  metrics: createMetrics('test'),
});
const stopTracing = await startTracing(
  { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: 1 },
  'payment-worker',
  quietLogger,
);
afterAll(async () => {
  await stopTracing();
  await provider.close();
  await new Promise((resolve) => outside.close(resolve));
  await collector.close();
});

const payment = attempt(
  { ...paymentOrder('r1', 'mina'), state: 'RECEIVED', receivedAt: NOW, claimsReservation: false },
  'http',
  NOW,
);

test('a call to the provider is a span of the payment that it is made for, and the provider is told of the trace', async () => {
  await tracer.startActiveSpan('process payment-requests', async (span) => {
    await provider.inquireCharge(payment);
    span.end();
  });
  await eventually(() => expect(collector.spans).toHaveLength(2));
  const [call, message] = collector.spans.toSorted((a, b) => b.kind - a.kind);
  expect(call).toMatchObject({ name: 'GET /charges', kind: 3, parentSpanId: message?.spanId });
  expect(heard).toEqual([`00-${call?.traceId}-${call?.spanId}-01`]);
});

test('a call that nobody traces says nothing of traces', async () => {
  await provider.inquireCharge(payment);
  expect(heard.at(-1)).toBeUndefined();
});
