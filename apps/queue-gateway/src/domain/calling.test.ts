import { describe, expect, test } from 'vitest';
import type { Admission } from './admission.ts';
import { admit, type Candidate, servingAfter } from './calling.ts';

const candidate = (given: Partial<Candidate> = {}): Candidate => ({
  userId: 'fan',
  sequence: 5,
  admissionId: 'id-1',
  admittedAt: new Date(1_000),
  endsAt: new Date(2_000),
  ...given,
});
const known = (given: Partial<Admission> = {}): Admission => ({
  id: 'id-1',
  scheduleId: 7,
  userId: 'fan',
  sequence: 5,
  admittedAt: new Date(1_000),
  endsAt: new Date(2_000),
  endedAt: null,
  endReason: null,
  holds: {},
  ...given,
});

describe('who was called', () => {
  test('is recorded and inside', () => {
    const one = candidate();
    expect(admit(7, [one], [])).toEqual({ record: [known()], inside: [one], spent: [], stillOpen: [] });
  });

  test('and recorded by an earlier attempt is inside, and not recorded again', () => {
    const one = candidate();
    expect(admit(7, [one], [known()])).toEqual({ record: [], inside: [one], spent: [], stillOpen: [] });
  });

  test('from a place that had admitted before is not admitted again; the open admission counts', () => {
    const again = candidate({ admissionId: 'id-2' });
    expect(admit(7, [again], [known()])).toEqual({ record: [], inside: [], spent: [again], stillOpen: [known()] });
    const ended = known({ endedAt: new Date(1_500), endReason: 'LEFT' });
    expect(admit(7, [again], [ended])).toEqual({ record: [], inside: [], spent: [again], stillOpen: [] });
    expect(admit(7, [again], [known({ sequence: 9, endedAt: new Date(1_500) })]).spent).toEqual([again]);
  });

  test('and whose admission ended before it was settled is not inside', () => {
    expect(admit(7, [candidate()], [known({ endedAt: new Date(1_500) })])).toMatchObject({ inside: [], stillOpen: [] });
  });

  test('after an earlier stay is admitted anew', () => {
    const next = candidate({ admissionId: 'id-2', sequence: 12 });
    expect(admit(7, [next], [known({ endedAt: new Date(1_500) })])).toMatchObject({ inside: [next], spent: [] });
  });
});

describe('the serving number', () => {
  const line = { serving: 10, head: null, lostThrough: 0 };

  test('comes to the last who was called', () => {
    expect(servingAfter([{ sequence: 11 }, { sequence: 14 }], line)).toBe(14);
    expect(servingAfter([{ sequence: 3 }], line)).toBe(10);
    expect(servingAfter([], line)).toBe(10);
  });

  test('passes those who left the front of the line', () => {
    expect(servingAfter([], { ...line, head: 15 })).toBe(14);
    expect(servingAfter([], { ...line, head: 4 })).toBe(10);
  });

  test('passes nobody who may still be on the way back', () => {
    expect(servingAfter([], { ...line, head: 5_001, lostThrough: 5_000 })).toBe(10);
    expect(servingAfter([{ sequence: 5_001 }], { ...line, head: 5_009, lostThrough: 5_000 })).toBe(5_008);
  });
});
