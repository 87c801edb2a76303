import { z } from 'zod';

/** A whole number within bounds, from text. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return z
    .string()
    .regex(/^-?\d{1,16}$/, `must be a whole number ${range}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number ${range}`);
}

/** `true` or `false`, from text. */
export const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

/** A part of a whole, from text: 0 to 1. */
export const share = z
  .string()
  .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/, 'must be a number from 0 to 1')
  .transform(Number);

/** A length of time; its unit is in the variable's name. */
export const milliseconds = integer(1, 2 ** 31 - 1);

/** A URL with one of the given schemes. */
export function urlOf(...schemes: string[]) {
  const expected = `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return z.string().refine((value) => {
    const url = URL.parse(value);
    return url !== null && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
  }, expected);
}

/** Network addresses, as host:port,host:port. */
export const addresses = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine((entries) => entries.length > 0, 'must name at least one, separated by commas')
  // A client that cannot make sense of one only goes on trying: the app would be up, and never reach Kafka.
  .refine((entries) => entries.every(isAddress), 'must be host:port, each with a port from 1 to 65535');

function isAddress(entry: string): boolean {
  const port = /^[^\s:/@]+:(\d{1,5})$/.exec(entry)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
