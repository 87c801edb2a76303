import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'examples');

/** The text of an example message, as it would stand in a record's value. */
export const example = (name: string): string => readFileSync(join(folder, `${name}.json`), 'utf8');
