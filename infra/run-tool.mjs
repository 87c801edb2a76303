/**
 * `node infra/run-tool.mjs <program> [arguments]`: an operator's tool, on Node 24. It needs the packages and nothing else of
 * this machine, so nothing is set up, and its output is all there is on standard output.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { linkPackagedNode } from './bootstrap/node-link.mjs';
import { runProgram } from './launch/run-program.mjs';
import { repositoryRoot } from './stack/folder.mjs';

// As the tools themselves: 2 says that it could not run.
const COULD_NOT_RUN = 2;

const [program, ...args] = process.argv.slice(2);
try {
  if (!existsSync(join(repositoryRoot, 'node_modules/.package-lock.json'))) {
    throw new Error('The packages are not installed: npm ci');
  }
  linkPackagedNode();
  process.exit(await runProgram(program, args));
} catch (error) {
  console.error(error.message);
  process.exit(COULD_NOT_RUN);
}
