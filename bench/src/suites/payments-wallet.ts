import type { SuiteRecord } from '../measure/record.ts';
import { PLENTY, seedWallets } from '../seed/wallets.ts';
import { measurePayments } from './payments.ts';
import { mostArrivals, type Suite } from './suite.ts';
import { withSystem } from './with-system.ts';

/** Seats already held; pay → accepted → settled, from wallets, at an offered rate. */
export const payWallet = (rate: number): Suite => ({
  name: `payments-wallet-${rate}`,
  summary: `pay → accepted → CONFIRMED from wallets, ${rate}/s offered`,
  besideSeconds: 45 + rate / 50,
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

const RATES = [2_000, 3_000, 4_000] as const;
const HIGHEST_RATE = 8_000;
const COARSE_STEP = 1_000;
const FINE_STEP = 250;
const TRY = { warmUpMs: 4_000, measureMs: 10_000 };

/**
 * The highest rate that is valid. What this run's other suites found bounds it; then short tries: upward until one fails,
 * halving what is left between; last a whole window at what was found, and if that fails at the next lower one.
 */
export const payWalletMax: Suite = {
  name: 'payments-wallet-max',
  summary: 'the highest rate at which pay → CONFIRMED from wallets is a valid record',
  besideSeconds: 150,
  emptyCalls: [{ admission: false, ratePerSecond: RATES[0] }],
  async run(context) {
    const short = {
      ...context,
      warmUpMs: Math.min(TRY.warmUpMs, context.warmUpMs),
      measureMs: Math.min(TRY.measureMs, context.measureMs),
    };
    const record = await withSystem(context, {}, async (system, generator) => {
      const fans = mostArrivals(HIGHEST_RATE * context.scale, short);
      // Enough for every try, each with another seat.
      await seedWallets(await system.database('payment'), fans, PLENTY);
      let tries = 0;
      const at = (rate: number, within: typeof context): Promise<SuiteRecord> =>
        measurePayments(system, generator, within, {
          name: `payments-wallet-max-${++tries}`,
          ratePerSecond: rate * context.scale,
        });
      const best = await highestValid(boundsFrom(context.measured), async (rate) => {
        const { valid } = await at(rate, short);
        context.tell(`payments-wallet-max: ${rate}/s ${valid ? 'holds' : 'is too much'}`);
        return valid;
      });
      for (let rate = best; ; rate -= FINE_STEP) {
        const whole = await at(rate, context);
        if (whole.valid || rate <= FINE_STEP) return whole;
      }
    });
    return { 'payments-wallet-max': record };
  },
};

interface Bounds {
  /** Held; 0 where nothing is known. */
  held: number;
  /** Was too much; null where nothing was yet. */
  tooMuch: number | null;
}

function boundsFrom(measured: Readonly<Record<string, SuiteRecord>>): Bounds {
  const known = RATES.map((rate) => ({ rate, valid: measured[`payments-wallet-${rate}`]?.valid }));
  return {
    held: known.findLast(({ valid }) => valid === true)?.rate ?? 0,
    tooMuch: known.find(({ valid }) => valid === false)?.rate ?? null,
  };
}

/** Between bounds, to a step; nothing above HIGHEST_RATE is tried. At least one step. */
export async function highestValid(
  { held, tooMuch }: Bounds,
  isValid: (rate: number) => Promise<boolean>,
): Promise<number> {
  // A lower rate that failed once, in a bad moment, does not bound what a higher one held.
  let failed = tooMuch !== null && tooMuch > held ? tooMuch : null;
  let best = held;
  for (;;) {
    const next =
      failed === null
        ? Math.max(RATES[0], best + COARSE_STEP)
        : Math.round((best + failed) / 2 / FINE_STEP) * FINE_STEP;
    if (next > HIGHEST_RATE || next <= best || next === failed) return Math.max(best, FINE_STEP);
    if (await isValid(next)) best = next;
    else failed = next;
  }
}
