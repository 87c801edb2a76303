import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes values for a load job's column, one per line. */
export function columnFile(folder: string, name: string, values: readonly (string | number)[]): string {
  const file = join(folder, `${name}.txt`);
  writeFileSync(file, `${values.join('\n')}\n`, { mode: 0o600 });
  return file;
}
