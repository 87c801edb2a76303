import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedDocuments } from './documents.ts';

const root = join(import.meta.dirname, '..', '..');

test('generated documents are what the code and the recorded benchmark say (npm run docs writes them)', async () => {
  for (const [path, text] of await generatedDocuments()) {
    expect(readFileSync(join(root, path), 'utf8'), path).toBe(text);
  }
});
