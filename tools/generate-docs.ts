import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedDocuments } from './docs/documents.ts';

/** `npm run docs`: writes the AsyncAPI and OpenAPI documents, and what else is made from the code or from the last
 * recorded benchmark. A test holds them against the code. */
const root = join(import.meta.dirname, '..');
for (const [path, text] of await generatedDocuments()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
