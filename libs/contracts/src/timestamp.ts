import { z } from 'zod';

const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** `2025-11-28T10:00:00.000`, or null if there is no such moment on the calendar. */
function localText(parts: readonly number[]): string | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0] = parts;
  const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(millisecond, 3)}`;
  const moment = new Date(`${text}Z`);
  // Date rolls 30 February over into March: only what reads back the same was on the calendar.
  return year >= 1970 && !Number.isNaN(moment.getTime()) && moment.toISOString() === `${text}Z` ? text : null;
}

/** Whether it is what we write ourselves, as nearly every timestamp is: then it need not be taken apart. */
function isOwnForm(text: string): boolean {
  if (text.length !== 24) return false;
  const moment = new Date(text);
  return moment.getTime() >= 0 && moment.toISOString() === text;
}

function fromText(text: string): string | null {
  if (isOwnForm(text)) return text;
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = '', offset] = match;
  const millisecond = fraction.padEnd(3, '0').slice(0, 3);
  const local = localText([year, month, day, hour, minute, second, millisecond].map(Number));
  if (local === null || offset === undefined) return local;
  if (offset === 'Z') return `${local}Z`;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(':', '') || '0')];
  if (hours > 18 || minutes > 59) return null;
  const shift = (hours * 60 + minutes) * 60_000 * (offset.startsWith('-') ? -1 : 1);
  return new Date(Date.parse(`${local}Z`) - shift).toISOString();
}

/** `[year, month, day, hour, minute, second?, nanosecond?]`, as Java's serializers write a LocalDateTime; trailing zeros are left out there. */
function fromArray(parts: readonly number[]): string | null {
  if (parts.length < 5 || parts.length > 7 || !parts.every((part) => Number.isSafeInteger(part) && part >= 0))
    return null;
  return localText([
    ...parts.slice(0, 6),
    ...Array(Math.max(0, 6 - parts.length)).fill(0),
    Math.floor((parts[6] ?? 0) / 1e6),
  ]);
}

/**
 * Any timestamp that the design lets a foreign producer write (§3), as ISO-8601 with milliseconds: in UTC with a `Z`
 * where the zone is known, without one where it is not (a Java LocalDateTime).
 */
export const tolerantTimestampSchema = z
  .union([z.string().max(64), z.array(z.number()).max(7)])
  .transform((written, context) => {
    const text = typeof written === 'string' ? fromText(written) : fromArray(written);
    if (text !== null) return text;
    context.addIssue({
      code: 'custom',
      message: 'must be an ISO-8601 timestamp or a Java date array',
    });
    return z.NEVER;
  });

/** The only form that we write: ISO-8601, UTC, milliseconds, `Z`. */
export const strictTimestampSchema = z.iso.datetime({ precision: 3 });

/** The moment that a read timestamp names, or null where its zone is unknown. */
export function momentOf(timestamp: string): Date | null {
  return timestamp.endsWith('Z') ? new Date(timestamp) : null;
}
