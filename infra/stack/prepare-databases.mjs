/** The steps between the infrastructure and the apps: each app's migrations, and the topics. */
import { join } from 'node:path';
import { repositoryRoot } from './folder.mjs';
import { node24 } from './node24.mjs';
import { runCommand } from './run-command.mjs';

/**
 * Each app's migrations, at once: they touch different databases.
 * @param {{ apps: import('./apps.mjs').App[], envOf: (app: import('./apps.mjs').App) => Record<string, string>, signal?: AbortSignal }} settings
 */
export async function migrate({ apps, envOf, signal }) {
  const node = node24();
  const run = (app) => {
    const folder = join(repositoryRoot, 'apps', app.name);
    return runCommand(node, [join(folder, 'src/migrate.ts')], { cwd: folder, env: envOf(app), signal });
  };
  const results = await Promise.allSettled(apps.map(run));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** The topics with the settings of libs/contracts. */
export async function createTopics({ env, signal }) {
  const folder = join(repositoryRoot, 'libs/messaging');
  await runCommand(node24(), [join(folder, 'src/create-topics.ts')], { cwd: folder, env, signal });
}
