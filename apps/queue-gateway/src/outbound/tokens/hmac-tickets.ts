import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { FanOfSchedule, Tickets } from '../../application/ports.ts';

const VERSION = '1';
const FORM = /^1\.([1-9]\d{0,15})\.([\w-]{43})$/;

/**
 * Queue tickets: `1.<sequence>.<HMAC-SHA256 over version, schedule, sequence and user>`. The service signs for itself,
 * and user and schedule are known wherever a ticket is shown, so they need not be in it.
 */
export class HmacTickets implements Tickets {
  readonly #key: KeyObject;

  /** @param secret at least 32 characters */
  constructor(secret: string) {
    this.#key = createSecretKey(secret, 'utf8');
  }

  issue(fan: FanOfSchedule, sequence: number): string {
    return `${VERSION}.${sequence}.${this.#mac(fan, sequence).toString('base64url')}`;
  }

  read(ticket: string, fan: FanOfSchedule): number | null {
    const [, digits, mac] = FORM.exec(ticket) ?? [];
    if (digits === undefined || mac === undefined) return null;
    const sequence = Number(digits);
    const shown = Buffer.from(mac, 'base64url');
    const right = this.#mac(fan, sequence);
    return shown.length === right.length && timingSafeEqual(shown, right) ? sequence : null;
  }

  #mac({ scheduleId, userId }: FanOfSchedule, sequence: number): Buffer {
    // The user comes last: it is the only part that may hold the separator.
    return createHmac('sha256', this.#key)
      .update(`queue-ticket\n${VERSION}\n${scheduleId}\n${sequence}\n${userId}`)
      .digest();
  }
}
