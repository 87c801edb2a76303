import { randomBytes, randomUUID } from 'node:crypto';
import { type CollectedSpan, eventually, spanCollector } from '@stagedoor/testkit';
import { afterAll, expect, test } from 'vitest';
import { openConcert } from '../src/crowd/opening.ts';
import { admitted, newFan, reaches } from './steps.ts';
import { useStack } from './use-stack.ts';

const collector = await spanCollector();
afterAll(() => collector.close());
const tracing = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
const system = useStack({
  env: {
    'queue-gateway': tracing,
    'reservation-service': tracing,
    'payment-worker': tracing,
    'result-worker': tracing,
  },
});

const titleOf = ({ service, name }: CollectedSpan) => `${service}: ${name}`;

/** From the root down to a span. */
function wayTo(span: CollectedSpan, spans: readonly CollectedSpan[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent === undefined ? [] : wayTo(parent, spans)), titleOf(span)];
}

test('one trace leads from the click on "pay" through four services to the push of CONFIRMED', async () => {
  const { scheduleId } = await openConcert(system.api, 10, 'Traced');
  const fan = await newFan(system.api, 150_000);
  const admission = await admitted(fan, scheduleId);
  const held = await fan.hold(scheduleId, 1, admission);
  const traceId = randomBytes(16).toString('hex');
  const answer = await system.api.insist<{ status: string }>('pay', {
    method: 'POST',
    path: `/v1/reservations/${held.body.id}/payment`,
    token: fan.token,
    headers: { 'idempotency-key': randomUUID(), traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });
  expect(answer.status).toBe(202);
  await reaches(fan, held.body.id, 'CONFIRMED');

  const click = 'reservation-service: POST /v1/reservations/:id/payment';
  const push = ['reservation-service: create data-platform-events', 'queue-gateway: process data-platform-events'];
  // Each service exports what it has every second, so the spans come in any order.
  await eventually(async () => {
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    const ways = spans
      .filter((span) => span.service === 'queue-gateway')
      .map((span) => wayTo(span, spans))
      .sort((a, b) => a.length - b.length);
    expect(ways).toEqual([
      // PAYMENT_PENDING, and at the end of the way CONFIRMED.
      [click, ...push],
      [
        click,
        'reservation-service: create payment-requests',
        'payment-worker: process payment-requests',
        'payment-worker: create payment-results',
        'result-worker: process payment-results',
        'result-worker: create reservation-outcomes',
        'reservation-service: process reservation-outcomes',
        ...push,
      ],
    ]);
    // Transactions and sends are shared, so they have traces of their own, linked to each purchase that is in them.
    const linked = collector.spans.filter((span) => span.links?.some((link) => link.traceId === traceId)).map(titleOf);
    expect(linked).toEqual(
      expect.arrayContaining([
        'reservation-service: commit payment requests',
        'reservation-service: send outbox',
        'payment-worker: commit payments',
        'result-worker: commit payment-results',
        'reservation-service: commit reservation-outcomes',
      ]),
    );
  });
});

test('a caller that does not sample leaves no trace', async () => {
  const fan = await newFan(system.api, 0);
  const traceId = randomBytes(16).toString('hex');
  const ask = (flags: string, id: string) =>
    system.api.insist('wallet', {
      method: 'GET',
      path: '/v1/wallet',
      token: fan.token,
      headers: { traceparent: `00-${id}-00f067aa0ba902b7-${flags}` },
    });
  await ask('00', traceId);
  const marker = randomBytes(16).toString('hex');
  await ask('01', marker);
  await eventually(async () => expect(collector.spans.some((span) => span.traceId === marker)).toBe(true));
  expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
});
