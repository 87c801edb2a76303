/** libfaketime's library for programs with threads, or null where it is not installed. */
export function findFaketime(): string | null;
