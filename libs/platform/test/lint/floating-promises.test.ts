import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// Within the repository, because the linter follows imports from where a file lies.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, 'probe-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Lines of `code` in which the linter sees a floating promise. */
async function floatingIn(code: string[]): Promise<number[]> {
  const path = join(folder, 'probe.ts');
  await writeFile(path, `${code.join('\n')}\n`);
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
  const report = await new Promise<string>((resolve) => {
    execFile(process.execPath, [biome, 'lint', '--reporter=github', '--max-diagnostics=100', path], (_error, stdout) =>
      resolve(stdout),
    );
  });
  return [...report.matchAll(/title=lint\/nursery\/noFloatingPromises,.*?line=(\d+)/g)].map((match) =>
    Number(match[1]),
  );
}

test('a promise that nobody waits for fails lint, also through files, packages and inference', async () => {
  await writeFile(
    join(folder, 'other.ts'),
    `import { GroupCommit } from '@stagedoor/platform';
export const later = async () => 1;
export const commit = new GroupCommit({ name: 'x', maxBatch: 1, maxQueued: 1, execute: async (x: number[]) => x });\n`,
  );
  const code = [
    "import { openRedis, type PeriodicJob, type UnitOfWork, systemClock } from '@stagedoor/platform';",
    "import { commit, later } from './other.ts';",
    'export async function probe(job: PeriodicJob, work: UnitOfWork<string>): Promise<void> {',
    '  later();', //                                       4: another file, inferred
    '  commit.submit(1);', //                              5: another file and a package, generic
    '  systemClock.sleep(1);', //                          6: a package, by an interface
    '  job.stop();', //                                    7: a package's class
    '  work.run(async () => 1);', //                       8: a generic method
    '  [1].map(async (x) => x);', //                       9: promises in an array
    '  later().then(() => {});', //                       10: a chain without an end
    '  await later();',
    '  void job.stop();',
    '  later().catch(() => {});',
    '  return work.run(async () => {});',
    '}',
    'export const client = openRedis;',
  ];
  expect(await floatingIn(code)).toEqual([4, 5, 6, 7, 8, 9, 10]);
}, 30_000);
