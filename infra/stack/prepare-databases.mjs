/** The steps between the infrastructure and the apps: each app's migrations, and the topics. */
import { join } from 'node:path';
import { ADMIN_USER, TOPICS_USER } from '../services/kafka-security.mjs';
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

/**
 * The topics with the settings of libs/contracts; before them, where the broker asks who one is, the rules.
 * @param {{ kafka: import('./apps.mjs').Wiring['kafka'], secure: boolean, signal?: AbortSignal }} settings
 */
export async function createTopics({ kafka, secure, signal }) {
  const folder = join(repositoryRoot, 'libs/messaging');
  const run = (script, user) =>
    runCommand(node24(), [join(folder, 'src', script)], { cwd: folder, env: kafka(user), signal });
  if (secure) await run('create-acls.ts', ADMIN_USER);
  await run('create-topics.ts', TOPICS_USER);
}
