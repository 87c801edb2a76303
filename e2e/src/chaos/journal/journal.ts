import { createWriteStream, readFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { JournalEntry } from './entries.ts';

/** The crowd's journal: one JSON per line, in a file outside the system under test. */
export class Journal {
  readonly file: string;
  readonly #stream: ReturnType<typeof createWriteStream>;

  constructor(file: string) {
    this.file = file;
    this.#stream = createWriteStream(file, { flags: 'ax' });
  }

  write(entry: JournalEntry | null): void {
    if (entry !== null) this.#stream.write(`${JSON.stringify(entry)}\n`);
  }

  /** Closes the file and reads it back. */
  async close(): Promise<JournalEntry[]> {
    this.#stream.end();
    await finished(this.#stream);
    return readFileSync(this.file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalEntry);
  }
}
