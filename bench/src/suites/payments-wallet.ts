import type { SuiteRecord } from '../measure/record.ts';
import { PLENTY, seedWallets } from '../seed/wallets.ts';
import { measurePayments } from './payments.ts';
import { mostArrivals, type Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

/** Seats already held; pay → accepted → settled, from wallets, at an offered rate. */
export const payWallet = (rate: number): Suite => ({
  name: `payments-wallet-${rate}`,
  summary: `pay → accepted → CONFIRMED from wallets, ${rate}/s offered`,
  besideSeconds: 75,
  emptyCalls: [{ admission: false, ratePerSecond: rate }],
  async run(context) {
    const paying = { name: `payments-wallet-${rate}`, ratePerSecond: rate * context.scale };
    const record = await withSystem(context, {}, async (system, generator) => {
      await seedWallets(await system.database('payment'), mostArrivals(paying.ratePerSecond, context), PLENTY);
      return measurePayments(system, generator, context, paying);
    });
    return { [paying.name]: record };
  },
});

const FIRST_RATE = 2_000;
const HIGHEST_RATE = 8_000;
const COARSE_STEP = 1_000;
const FINE_STEP = 250;
const TRY_MS = 10_000;

/**
 * The highest rate that is valid: upward in short tries until one fails, then finer below it, then a whole window at what
 * was found; if that fails, at the next lower one.
 */
export const payWalletMax: Suite = {
  name: 'payments-wallet-max',
  summary: 'the highest rate at which pay → CONFIRMED from wallets is a valid record',
  besideSeconds: 330,
  windows: 1.5,
  emptyCalls: [{ admission: false, ratePerSecond: FIRST_RATE }],
  async run(context) {
    const tryContext = { ...context, warmUpMs: context.warmUpMs / 2, measureMs: Math.min(TRY_MS, context.measureMs) };
    const record = await withSystem(context, {}, async (system, generator) => {
      const fans = mostArrivals(HIGHEST_RATE * context.scale, context);
      // Enough for every try, each with another seat.
      await seedWallets(await system.database('payment'), fans, PLENTY);
      let tries = 0;
      const at = (rate: number, within: typeof context): Promise<SuiteRecord> =>
        measurePayments(system, generator, within, {
          name: `payments-wallet-max-${++tries}`,
          ratePerSecond: rate * context.scale,
        });
      const isValid = async (rate: number) => {
        const { valid } = await at(rate, tryContext);
        context.tell(`payments-wallet-max: ${rate}/s ${valid ? 'holds' : 'is too much'}`);
        return valid;
      };
      let best = FIRST_RATE - COARSE_STEP;
      for (const step of [COARSE_STEP, FINE_STEP]) {
        let failedAt = HIGHEST_RATE + 1;
        while (best + step < failedAt) {
          if (await isValid(best + step)) best += step;
          else failedAt = best + step;
        }
      }
      for (let rate = best; ; rate -= FINE_STEP) {
        const whole = await at(rate, context);
        if (whole.valid || rate <= FINE_STEP) return whole;
      }
    });
    return { 'payments-wallet-max': record };
  },
};
