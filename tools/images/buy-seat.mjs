/** The README's walk against a system that runs: a seat is bought and given back. `node buy-seat.mjs <edge's address>` */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../infra/stack/folder.mjs';
import { missingFromWalk, walkOf } from '../fresh/walk.mjs';

const WALK_TIMEOUT_MS = 180_000;

/** @param {string} edge for instance http://localhost:8080 */
export async function buySeat(edge) {
  const script = walkOf(readFileSync(join(repositoryRoot, 'README.md'), 'utf8'), edge);
  const options = { timeout: WALK_TIMEOUT_MS };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], options);
  const missing = missingFromWalk(stdout);
  if (missing.length > 0)
    throw new Error(`The walk did not print ${missing.join(', ')}:\n${stdout.slice(-2000)}${stderr}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buySeat(process.argv[2] ?? 'http://localhost:8080');
  console.log('a seat was bought, and given back');
}
