import { expect, test } from 'vitest';
import { accessOf, appNames, flows } from './flows.ts';
import { allTopics } from './topics.ts';

test('every topic has somebody who writes it, and an owner who reads it', () => {
  for (const { producers, consumers, owner } of Object.values(flows)) {
    expect(producers.length).toBeGreaterThan(0);
    expect(consumers).toContain(owner);
  }
});

test('an app may read what it consumes, and write what it produces and the dead letters of what it owns', () => {
  expect(accessOf('payment-worker')).toEqual({
    group: 'payment-request-consumer-group',
    reads: ['payment-requests', 'refund-requests'],
    writes: ['payment-results', 'refund-results', 'payment-requests.dlq', 'refund-requests.dlq'],
  });
  expect(accessOf('queue-gateway')).toEqual({
    group: 'queue-gateway-consumer-group',
    reads: ['data-platform-events'],
    writes: ['data-platform-events', 'data-platform-events.dlq'],
  });
});

test('result-worker reads all dead letters and may put each back; nobody else reads one', () => {
  const deadLetters = allTopics.map(({ name }) => name).filter((name) => name.endsWith('.dlq'));
  const originals = deadLetters.map((name) => name.slice(0, -'.dlq'.length));
  const { reads, writes } = accessOf('result-worker');
  expect(reads).toEqual(expect.arrayContaining(deadLetters));
  expect(writes).toEqual(expect.arrayContaining(originals));
  for (const app of appNames.filter((name) => name !== 'result-worker')) {
    expect(accessOf(app).reads.filter((name) => name.endsWith('.dlq'))).toEqual([]);
  }
});

test('each topic, dead letters included, is written and read by somebody', () => {
  const all = appNames.map(accessOf);
  for (const { name } of allTopics) {
    expect(all.some(({ writes }) => writes.includes(name))).toBe(true);
    expect(all.some(({ reads }) => reads.includes(name))).toBe(true);
  }
});
