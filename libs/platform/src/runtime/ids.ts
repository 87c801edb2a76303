import { v7 } from 'uuid';

/** Makes the ids of rows and messages. A simulation replaces it by a counter. */
export interface IdGenerator {
  next(): string;
}

/**
 * UUIDv7 in lower case, increasing within a process: rows written one after another land beside each other in the
 * primary key, which is what keeps inserts and the relay's deletes from locking across each other.
 */
export const uuidv7Ids: IdGenerator = { next: () => v7() };
