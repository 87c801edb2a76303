export const APPS = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'] as const;

export type AppName = (typeof APPS)[number];
