import fc from 'fast-check';
import { expect, test } from 'vitest';
import { momentOf, tolerantTimestampSchema } from './timestamp.ts';

const read = (written: unknown) => tolerantTimestampSchema.parse(written);
const moments = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-30'), noInvalidDate: true });

test('what we write reads back as the same moment', () => {
  fc.assert(fc.property(moments, (moment) => momentOf(read(moment.toISOString()))?.getTime() === moment.getTime()));
});

test('an offset names the same moment as UTC does', () => {
  const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 });
  const late = fc.date({ min: new Date('1971-01-01'), max: new Date('9999-12-30'), noInvalidDate: true });
  fc.assert(
    fc.property(late, offsets, (moment, minutes) => {
      const local = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, -1);
      const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
      const two = (value: number) => String(value).padStart(2, '0');
      const text = `${local}${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`;
      expect(read(text)).toBe(moment.toISOString());
    }),
  );
});

test("Java's array and Java's text of one LocalDateTime read alike", () => {
  fc.assert(
    fc.property(moments, (moment) => {
      const array = [
        moment.getUTCFullYear(),
        moment.getUTCMonth() + 1,
        moment.getUTCDate(),
        moment.getUTCHours(),
        moment.getUTCMinutes(),
        moment.getUTCSeconds(),
        moment.getUTCMilliseconds() * 1_000_000,
      ];
      expect(read(array)).toBe(read(moment.toISOString().slice(0, -1)));
      expect(momentOf(read(array))).toBeNull();
    }),
  );
});

test.each([
  ['2025-11-28T10:00', '2025-11-28T10:00:00.000'],
  [[2025, 11, 28, 10, 0], '2025-11-28T10:00:00.000'],
])('%j leaves out what is zero', (written, text) => expect(read(written)).toBe(text));

test.each([
  ['2025-13-01T00:00:00Z'],
  ['2025-02-29T00:00:00.000Z'],
  ['2025-11-28T24:00:00.000Z'],
  ['1969-12-31T23:59:59.999Z'],
  ['2025-11-28'],
  ['10:00'],
  [''],
  [[2025, 2, 29, 0, 0]],
  [[2025, 11, 28, 10, 0, 0, 0, 0]],
  [1764324000],
  [null],
])('%j is refused', (written) => expect(tolerantTimestampSchema.safeParse(written).success).toBe(false));
