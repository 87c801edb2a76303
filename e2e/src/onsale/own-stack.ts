import { type AppName, type Stack, startStack } from '../../../infra/stack/index.mjs';
import type { OnsaleOptions } from './options.ts';

export const APPS: readonly AppName[] = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'];

/** How long one sweep may take in a stack with these times, in milliseconds. */
export const SWEEP_MS = 5_000;

/** A stack for one run: everything as in production, with short times, and without limits per address. */
export function startOwnStack(
  options: Pick<OnsaleOptions, 'replicas' | 'holdTtlMs'>,
  signal?: AbortSignal,
): Promise<Stack> {
  const times = { PAYMENT_TIMEOUT_MS: '60000', SWEEP_INTERVAL_MS: '1000' };
  return startStack({
    profile: 'load',
    replicas: Object.fromEntries(APPS.map((app) => [app, options.replicas])),
    env: {
      'queue-gateway': { ADMISSION_TTL_MS: '120000' },
      'reservation-service': {
        ...times,
        HOLD_TTL_MS: String(options.holdTtlMs),
        SAMPLE_CONCERT: 'false',
        REPUBLISH_AFTER_MS: '5000',
      },
      'payment-worker': times,
      'result-worker': { ...times, KAFKA_RECOVERY_GRACE_MS: '2000' },
    },
    report: { note: (text) => console.error(text), step: (text) => console.error(text), line: () => {} },
    ...(signal === undefined ? {} : { signal }),
  });
}
