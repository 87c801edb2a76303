/** What is checked without running the code: format, lint, types. */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { repositoryRoot } from '../stack/folder.mjs';
import { runCommand } from '../stack/run-command.mjs';

const bin = (name) => join(repositoryRoot, 'node_modules/.bin', name);

/** Every folder that has a tsconfig.json: libs, apps, and what stands beside them. */
export function typescriptProjects(root = repositoryRoot) {
  const children = (folder) => readdirSync(join(root, folder)).map((name) => join(folder, name));
  return [...children('libs'), ...children('apps'), ...children('.')]
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(join(folder, 'tsconfig.json')));
}

/**
 * @param {{ report: import('../stack/report.mjs').Report, signal?: AbortSignal }} context
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function runChecks({ report, signal }) {
  const checks = [
    { name: 'lint', command: bin('biome'), args: ['check', '.', '--max-diagnostics=50'], cwd: repositoryRoot },
    ...typescriptProjects().map((folder) => ({
      name: `types of ${relative(repositoryRoot, folder)}`,
      command: bin('tsc'),
      args: ['-p', 'tsconfig.json', '--pretty', 'false'],
      cwd: folder,
    })),
  ];
  let failed = 0;
  const queue = [...checks];
  const work = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      try {
        await runCommand(check.command, check.args, { cwd: check.cwd, signal });
        report.step(`${check.name}: ok`);
      } catch (error) {
        signal?.throwIfAborted();
        failed += 1;
        report.note(`${check.name} FAILED\n${error.output ?? error.message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
  return { passed: checks.length - failed, failed };
}
