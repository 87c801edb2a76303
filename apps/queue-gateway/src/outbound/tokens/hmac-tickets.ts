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
  readonly #accepted: readonly KeyObject[];

  /** @param secret signs, and has at least 32 characters @param others tickets under these are read as well: a rotation */
  constructor(secret: string, others: readonly string[] = []) {
    this.#key = createSecretKey(secret, 'utf8');
    this.#accepted = [this.#key, ...others.map((other) => createSecretKey(other, 'utf8'))];
  }

  issue(fan: FanOfSchedule, sequence: number): string {
    return `${VERSION}.${sequence}.${mac(this.#key, fan, sequence).toString('base64url')}`;
  }

  read(ticket: string, fan: FanOfSchedule): number | null {
    const [, digits, signature] = FORM.exec(ticket) ?? [];
    if (digits === undefined || signature === undefined) return null;
    const sequence = Number(digits);
    const shown = Buffer.from(signature, 'base64url');
    return this.#accepted.some((key) => timingSafeEqual(shown, mac(key, fan, sequence))) ? sequence : null;
  }
}

function mac(key: KeyObject, { scheduleId, userId }: FanOfSchedule, sequence: number): Buffer {
  // The user comes last: it is the only part that may hold the separator.
  return createHmac('sha256', key).update(`queue-ticket\n${VERSION}\n${scheduleId}\n${sequence}\n${userId}`).digest();
}
