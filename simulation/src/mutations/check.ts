import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FirstFailure } from './first-failure.ts';
import { type Mutation, mutations } from './list.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const COPIED = ['apps', 'libs', 'simulation'];
const runProgram = promisify(execFile);

/** What became of one mutation; `runs` is how many it took, or null where none of them caught it. */
export interface MutationResult {
  name: string;
  runs: number | null;
  broken: string;
}

/**
 * Makes each mistake in a copy of the shipped code, one at a time, and runs seeds until one catches it.
 * @throws as sourceOf
 */
export async function checkMutations(
  seeds: { from: number; runs: number },
  onResult: (result: MutationResult) => void,
): Promise<MutationResult[]> {
  await Promise.all(mutations.map((mutation) => sourceOf(mutation, ROOT)));
  const results: MutationResult[] = [];
  const waiting = [...mutations];
  const worker = async (): Promise<void> => {
    const copy = await copyOfProject();
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const result = await check(next, copy, seeds);
        results.push(result);
        onResult(result);
      }
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

/**
 * What a mutation changes, as it stands.
 * @throws Error when its text is not found exactly once: the code has moved on, and the mutation must as well
 */
export async function sourceOf(mutation: Mutation, root: string): Promise<string> {
  const text = await readFile(join(root, mutation.file), 'utf8');
  if (text.split(mutation.find).length === 2) return text;
  throw new Error(`${mutation.name}: its text does not stand exactly once in ${mutation.file}`);
}

async function check(mutation: Mutation, copy: string, { from, runs }: { from: number; runs: number }) {
  const path = join(copy, mutation.file);
  const text = await sourceOf(mutation, copy);
  await writeFile(
    path,
    text.replace(mutation.find, () => mutation.replace),
  );
  try {
    const program = join(copy, 'simulation/src/mutations/first-failure.ts');
    const { stdout } = await runProgram(process.execPath, [program, String(from), String(runs)], { cwd: copy });
    const failure = JSON.parse(stdout) as FirstFailure;
    const [first] = failure.broken;
    return { name: mutation.name, runs: first === undefined ? null : failure.runs, broken: first ?? '' };
  } finally {
    await writeFile(path, text);
  }
}

/** The sources alone; what is installed is shared, but for the project's own libraries, which are the copy's. */
async function copyOfProject(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'simulation-'));
  const skipped = /[\\/](node_modules|generated|\.vite)$/;
  for (const folder of COPIED) {
    await cp(join(ROOT, folder), join(copy, folder), { recursive: true, filter: (source) => !skipped.test(source) });
  }
  await cp(join(ROOT, 'package.json'), join(copy, 'package.json'));
  const installed = join(ROOT, 'node_modules');
  await mkdir(join(copy, 'node_modules', '@stagedoor'), { recursive: true });
  for (const name of await readdir(installed)) {
    if (name !== '@stagedoor') await symlink(join(installed, name), join(copy, 'node_modules', name));
  }
  for (const lib of await readdir(join(copy, 'libs'))) {
    await symlink(join(copy, 'libs', lib), join(copy, 'node_modules', '@stagedoor', lib));
  }
  return copy;
}
