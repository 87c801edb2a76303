/** Whole purchases: each fan connects, joins, is let in, holds a seat, pays, and is told CONFIRMED by WebSocket. */
export interface JourneyJob {
  host: string;
  port: number;
  scheduleId: number;
  /** Fans' tokens, one per line; each fan plays once. */
  tokensFile: string;
  ratePerSecond: number;
  warmUpMs: number;
  measureMs: number;
  seed: number;
  /** How long journeys may go on after the last arrival. */
  drainMs: number;
}

/** The steps of a journey, in their order. */
export const JOURNEY_STEPS = ['connected', 'joined', 'admitted', 'held', 'paid', 'confirmed'] as const;
export type JourneyStep = (typeof JOURNEY_STEPS)[number];

/** When each fan came to each step, in ms of the load's clock; NaN where they did not. */
export interface JourneyResult {
  intendedMs: Float64Array;
  steps: Record<JourneyStep, Float64Array>;
  complaints: string[];
}
