export const FAN_DIGITS = 7;

/** The n-th fan of every suite, from 0. */
export const fanName = (index: number): string => `bench-${String(index).padStart(FAN_DIGITS, '0')}`;
