/** The n-th fan of every suite, from 0. */
export const fanName = (index: number): string => `bench-${String(index).padStart(7, '0')}`;
