import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedDocuments } from './docs/documents.ts';

/** `npm run docs`: writes the AsyncAPI and OpenAPI documents under docs/api. A test holds them against the code. */
const root = join(import.meta.dirname, '..');
for (const [path, text] of await generatedDocuments()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
