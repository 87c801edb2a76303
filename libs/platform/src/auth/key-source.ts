import { readFile } from 'node:fs/promises';

/** Where published keys come from; answers a JWKS document. */
export interface KeySource {
  /** For log lines. */
  readonly name: string;
  load(): Promise<unknown>;
}

const FETCH_TIMEOUT_MS = 5_000;
const LARGEST_DOCUMENT_CHARACTERS = 256 * 1024;

/** Keys in a file; read again when a token names a key that is not known yet. */
export function keysInFile(path: string): KeySource {
  return { name: path, load: async () => JSON.parse(await readFile(path, 'utf8')) };
}

/** Keys that an identity provider publishes. */
export function keysAtUrl(url: string): KeySource {
  return {
    name: url,
    async load() {
      const response = await fetch(url, {
        headers: { accept: 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      const text = await response.text();
      if (text.length > LARGEST_DOCUMENT_CHARACTERS) throw new Error(`${url} answered with more than a set of keys`);
      return JSON.parse(text);
    },
  };
}

/** Keys at hand. */
export function fixedKeys(document: unknown): KeySource {
  return { name: 'fixed keys', load: async () => document };
}
