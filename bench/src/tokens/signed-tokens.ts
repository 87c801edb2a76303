import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SigningKey } from '@stagedoor/platform';

/** What one worker signs. */
export interface SigningTask {
  key: SigningKey;
  from: number;
  to: number;
  expiresAtMs: number;
  /** null: fans' tokens; else admission tokens for this schedule. */
  scheduleId: number | null;
}

const DAY_MS = 86_400_000;
/** How long tokens are good; they are signed anew when less than a day is left. */
const LIFETIME_MS = 14 * DAY_MS;
const PER_TASK = 2_000;
/** Of one core, about; the key's algorithm decides. */
const MILLIS_PER_SIGNATURE = { RS256: 0.8, ES256: 0.1, EdDSA: 0.1 } as const;

/**
 * Files of signed tokens, one per line, fan 0 first: signed before a run, because signing is the identity provider's and
 * the waiting room's work, and dear (an RS256 signature costs ten times its check). Kept on disk for later runs.
 */
export class SignedTokens {
  readonly #folder: string;
  readonly #keys: { fan: SigningKey; admission: SigningKey };
  readonly #tell: (text: string) => void;

  constructor(folder: string, keys: { fan: SigningKey; admission: SigningKey }, tell: (text: string) => void) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#keys = keys;
    this.#tell = tell;
  }

  /** A file with at least this many fans' tokens. */
  fans(count: number): Promise<string> {
    return this.#file('fans', this.#keys.fan, count, null);
  }

  /** A file with at least this many fans' admission tokens for a schedule. */
  admissions(scheduleId: number, count: number): Promise<string> {
    return this.#file(`admissions-${scheduleId}`, this.#keys.admission, count, scheduleId);
  }

  async #file(name: string, key: SigningKey, count: number, scheduleId: number | null): Promise<string> {
    const path = join(this.#folder, `${name}.txt`);
    const fresh = existsSync(path) && Date.now() - statSync(path).birthtimeMs < LIFETIME_MS - DAY_MS;
    const have = fresh ? countLines(path) : 0;
    if (have >= count) return path;
    if (!fresh) {
      writeFileSync(`${path}.new`, '', { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
    const expiresAtMs = Date.now() + LIFETIME_MS;
    const parallel = availableParallelism();
    const seconds = Math.ceil(((count - have) * MILLIS_PER_SIGNATURE[key.algorithm]) / parallel / 1000);
    this.#tell(`signing ${count - have} tokens (${name}), about ${seconds} s, once in two weeks`);
    for (let from = have; from < count; from += PER_TASK * parallel) {
      const tasks = Array.from({ length: parallel }, (_, index) => from + index * PER_TASK).filter((at) => at < count);
      const parts = await Promise.all(
        tasks.map((at) => signed({ key, from: at, to: Math.min(at + PER_TASK, count), expiresAtMs, scheduleId })),
      );
      // A whole round at once, so that an interrupted run leaves whole lines.
      appendFileSync(path, `${parts.join('\n')}\n`);
    }
    return path;
  }
}

const countLines = (path: string): number => {
  let lines = 0;
  for (const byte of readFileSync(path)) if (byte === 10) lines++;
  return lines;
};

function signed(task: SigningTask): Promise<string> {
  const worker = new Worker(join(import.meta.dirname, 'sign-worker.ts'), { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
