import type { RoomPhase } from './room.ts';

/** Bounds of how soon a client is asked to poll again. */
export interface PollBounds {
  /** Shortest pause, for whoever is about to be admitted. */
  minMs: number;
  /** Longest pause, for whoever has long to wait. */
  maxMs: number;
}

/** What the wait of a place depends on. */
export interface LineConditions {
  phase: RoomPhase;
  /** Admissions per second: as observed lately, else as configured. */
  perSecond: number;
  /** Until the room opens; 0 once it has. */
  untilOpeningMs: number;
}

// A poll costs a request, a late one costs the fan this share of the wait.
const POLLS_PER_WAIT = 4;
// The largest share by which a pause is shortened.
const MAX_SPREAD = 0.2;

/** A place in the line, from 1, recomputed from a sequence number without asking Redis (design §5). */
export const positionOf = (sequence: number, serving: number): number => Math.max(1, sequence - serving);

/** Seconds until the place is called, at the line's present speed; null while nobody can say. */
export function etaSeconds(position: number, { phase, perSecond, untilOpeningMs }: LineConditions): number | null {
  switch (phase) {
    case 'open':
      return 0;
    case 'paused':
    case 'closed':
      return null;
    default:
      return perSecond > 0 ? Math.ceil(untilOpeningMs / 1000 + position / perSecond) : null;
  }
}

/**
 * Milliseconds after which to ask again: a share of the wait, within bounds. Spread by sequence number, so that those
 * who joined in the same moment do not come back in one.
 */
export function pollAfterMs(eta: number | null, sequence: number, { minMs, maxMs }: PollBounds): number {
  const share = eta === null ? maxMs : (eta * 1000) / POLLS_PER_WAIT;
  const earlier = 1 - MAX_SPREAD * (((sequence * 7919) % 1000) / 1000);
  return Math.round(Math.max(Math.min(share, maxMs) * earlier, minMs));
}
