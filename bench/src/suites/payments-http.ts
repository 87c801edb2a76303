import { startProvider } from '../system/provider.ts';
import { measurePayments } from './payments.ts';
import type { Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

/** How the provider outside behaves: its time, and what is offered to it. */
export const providerDays = {
  '200ms': { latency: 'ordinary', ratePerSecond: 1_500, longestMs: 1_000, meanMs: 200, text: '200 ms on average' },
  peak: { latency: 'peak', ratePerSecond: 2_000, longestMs: 3_000, meanMs: 2_500, text: '2 to 3 s' },
} as const;
export type ProviderDay = keyof typeof providerDays;

export const CAPPED_CALLS = 500;
const UNCAPPED_CALLS = 20_000;
/** Of what waits for 500 calls at once: two minutes of them are as good as the usual five, and end sooner. */
const CAPPED_PEAK_DEADLINE_MS = 120_000;
/** A deadline, and what it takes to expire what is behind it. */
const LONGEST_DRAIN_MS = 420_000;

/** Payments charged by a provider outside, with as many calls under way as it takes, or 500 at once. */
export const payHttp = (day: ProviderDay, capped: boolean): Suite => {
  const { latency, ratePerSecond: rate, longestMs, meanMs, text } = providerDays[day];
  const name = `payments-http-${day}${capped ? '-500' : ''}`;
  // With 500 calls of 2.5 s at once no more than 200 a second can be settled: the rest waits, and some of it expires.
  const drains = capped && day === 'peak';
  return {
    name,
    summary: `pay → CONFIRMED, charged outside in ${text}, ${capped ? '500 calls at once' : 'no bound to the calls'}, ${rate}/s offered`,
    besideSeconds: drains ? 240 : 80,
    emptyCalls: [{ admission: false, ratePerSecond: rate }],
    async run(context) {
      const provider = await startProvider(latency);
      const calls = capped ? Math.ceil(CAPPED_CALLS * context.scale) : UNCAPPED_CALLS;
      const deadline = drains ? { PAYMENT_TIMEOUT_MS: String(CAPPED_PEAK_DEADLINE_MS) } : {};
      const env = {
        ...deadline,
        PAYMENT_PROVIDER: 'http',
        PROVIDER_URL: provider.url,
        PROVIDER_NAME: 'bench',
        PROVIDER_MAX_CALLS: String(calls),
      };
      try {
        const record = await withSystem(
          context,
          { env: { 'reservation-service': deadline, 'payment-worker': env, 'result-worker': deadline } },
          (system, generator) =>
            measurePayments(system, generator, context, {
              name,
              ratePerSecond: rate * context.scale,
              lagSeconds: drains ? null : 1 + longestMs / 1_000,
              mayExpire: drains,
              ...(drains && { providerPerSecond: (calls * 1000) / meanMs }),
              settleForMs: LONGEST_DRAIN_MS,
            }),
        );
        return { [name]: record };
      } finally {
        provider.stop();
      }
    },
  };
};
