/** Looks at this machine, and says where the infrastructure comes from. */
import { hasDockerCompose } from './docker.mjs';
import { findProgram } from './find-program.mjs';
import { chooseInfrastructure } from './platform.mjs';
import { missingTools, NATIVE_TOOLS } from './tools.mjs';

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ kind: import('./platform.mjs').Infrastructure, why: string }>}
 * @throws {Error} with what to do, where there is no way
 */
export async function detectInfrastructure(env = process.env) {
  const hasApt = findProgram('apt-get') !== null;
  const missing = missingTools(NATIVE_TOOLS);
  // An engine is asked only where it matters: its answer takes a second.
  const askDocker = env.INFRA === 'compose' || (!env.INFRA && missing.length > 0 && !hasApt);
  const hasDocker = askDocker && (await hasDockerCompose());
  const choice = chooseInfrastructure({ infra: env.INFRA, platform: process.platform, hasApt, hasDocker, missing });
  if ('error' in choice) throw new Error(choice.error);
  return choice;
}
