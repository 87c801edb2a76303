import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { useStack } from './use-stack.ts';

const system = useStack();
const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');

/** The walk of the README as one script: its fenced blocks that are marked `sh walk`, in their order. */
function walk(edge: string): string {
  const blocks = Array.from(readme.matchAll(/^```sh walk\n(.*?)^```/gms), ([, block]) => block);
  return blocks.join('\n').replace('http://localhost:8080', edge);
}

test("the README's walk ends CONFIRMED, and its cancellation refunded", async () => {
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', walk(system.stack.urls.edge)], {
    timeout: 60_000,
  });
  expect(stdout).toContain('"PAYMENT_PENDING"');
  expect(stdout).toContain('"CONFIRMED"');
  expect(stdout).toContain('"CANCELLED"');
  expect(stdout).toContain('"REFUND"');
});
