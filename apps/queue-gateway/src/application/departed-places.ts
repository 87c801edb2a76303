import type { FanOfSchedule } from './ports.ts';
import { keyOf } from './spent-places.ts';

// About 100 bytes each.
const MAX_REMEMBERED = 50_000;

/**
 * Who left the line lately, so that their polls are not answered from memory by their old ticket. What is forgotten here
 * is still in the database, and found when the line is asked.
 */
export class DepartedPlaces {
  readonly #sequences = new Map<string, number>();

  add(fan: FanOfSchedule, sequence: number): void {
    this.#sequences.set(keyOf(fan), sequence);
    if (this.#sequences.size <= MAX_REMEMBERED) return;
    const oldest = this.#sequences.keys().next();
    if (!oldest.done) this.#sequences.delete(oldest.value);
  }

  has(fan: FanOfSchedule, sequence: number): boolean {
    return (this.#sequences.get(keyOf(fan)) ?? 0) >= sequence;
  }
}
