import { type AppName, type Stack, type StackOptions, startStack } from '../../../infra/stack/index.mjs';
import type { OnsaleOptions } from './options.ts';

export const APPS: readonly AppName[] = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'];

/** How long one sweep may take in a stack with these times, in milliseconds. */
export const SWEEP_MS = 5_000;

/**
 * A stack for one run: everything as in production, with short times, and without limits per address.
 * @param more what one kind of run wants besides; `envOf`: more environment for a replica of any app
 */
export function startOwnStack(
  options: Pick<OnsaleOptions, 'replicas' | 'holdTtlMs'>,
  signal?: AbortSignal,
  more: Pick<StackOptions, 'faultProxy'> & { envOf?: (app: AppName, replica: number) => Record<string, string> } = {},
): Promise<Stack> {
  const { envOf = () => ({}), ...wanted } = more;
  const times = { PAYMENT_TIMEOUT_MS: '60000', SWEEP_INTERVAL_MS: '1000' };
  const env: Record<AppName, Record<string, string>> = {
    'queue-gateway': { ADMISSION_TTL_MS: '120000' },
    'reservation-service': {
      ...times,
      HOLD_TTL_MS: String(options.holdTtlMs),
      SAMPLE_CONCERT: 'false',
      REPUBLISH_AFTER_MS: '5000',
    },
    'payment-worker': times,
    'result-worker': { ...times, KAFKA_RECOVERY_GRACE_MS: '2000' },
  };
  return startStack({
    profile: 'load',
    replicas: Object.fromEntries(APPS.map((app) => [app, options.replicas])),
    env: Object.fromEntries(APPS.map((app) => [app, (replica: number) => ({ ...env[app], ...envOf(app, replica) })])),
    ...wanted,
    report: { note: (text) => console.error(text), step: (text) => console.error(text), line: () => {} },
    ...(signal === undefined ? {} : { signal }),
  });
}
