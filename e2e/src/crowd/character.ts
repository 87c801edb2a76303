import type { Random } from './random.ts';

/** What kind of fan this is: drawn once, so that a run can be told again from its seed. */
export interface Character {
  /** When the fan arrives, in milliseconds after the doors open. */
  arrivesAfterMs: number;
  /** Listens on a WebSocket; polls otherwise. */
  listens: boolean;
  /** Has less than a seat costs at first. */
  poor: boolean;
  /** Tops up after a failed payment and tries again. */
  comesBackWithMoney: boolean;
  /** Gives up while still waiting. */
  givesUpWaiting: boolean;
  /** Lets the first held seat go and looks for another. */
  changesMind: boolean;
  /** Holds a seat and is never seen again. */
  vanishes: boolean;
  /** Pays twice at once with one key, as an impatient finger does. */
  doubleClicks: boolean;
  /** Pays again with another key, as a second browser tab does. */
  paysInTwoTabs: boolean;
  /** Needs longer than the hold lasts, the first time. */
  dawdles: boolean;
  /** Cancels after the purchase. */
  regrets: boolean;
  /** Between a held seat and the pay button, in milliseconds. */
  thinkMs: number;
}

/** Draws a fan who arrives within `arrivalMs`; most want what most fans want. */
export function drawCharacter(random: Random, arrivalMs: number): Character {
  return {
    arrivesAfterMs: random.next() * arrivalMs,
    listens: random.chance(0.3),
    poor: random.chance(0.06),
    comesBackWithMoney: random.chance(0.5),
    givesUpWaiting: random.chance(0.02),
    changesMind: random.chance(0.06),
    vanishes: random.chance(0.03),
    doubleClicks: random.chance(0.1),
    paysInTwoTabs: random.chance(0.05),
    dawdles: random.chance(0.03),
    regrets: random.chance(0.03),
    thinkMs: random.around(700),
  };
}
