/** The generated database client of each app, made anew only if its schema has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../stack/folder.mjs';
import { node24 } from '../stack/node24.mjs';
import { runCommand } from '../stack/run-command.mjs';

const appFolder = (app) => join(repositoryRoot, 'apps', app);
const markOf = (app) => join(appFolder(app), 'src/generated/.complete');

/** What the generated code depends on: the schema, its settings, Prisma's version. */
function inputHash(app) {
  const files = [
    join(appFolder(app), 'prisma/schema.prisma'),
    join(appFolder(app), 'prisma.config.ts'),
    join(repositoryRoot, 'node_modules/prisma/package.json'),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(existsSync(file) ? readFileSync(file) : '').update('\0');
  return hash.digest('hex');
}

/** @param {string[]} apps @returns {string[]} those whose client is missing or old */
export function staleClients(apps) {
  return apps.filter((app) => {
    if (!existsSync(join(appFolder(app), 'prisma/schema.prisma'))) return false;
    return !existsSync(markOf(app)) || readFileSync(markOf(app), 'utf8') !== inputHash(app);
  });
}

/** @param {string} app @param {{ signal?: AbortSignal }} [options] */
export async function generateClient(app, { signal } = {}) {
  const hash = inputHash(app);
  await runCommand(node24(), [join(repositoryRoot, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: appFolder(app),
    // generate needs no engine, but would download one unless some program is named. Only here: migrate needs the real one.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
    signal,
  });
  const mark = markOf(app);
  writeFileSync(`${mark}.${process.pid}`, hash);
  renameSync(`${mark}.${process.pid}`, mark);
}
