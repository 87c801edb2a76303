/** Everything between a fresh clone and a stack that can start. What is there already is left alone: no network then. */

import { homeFolder } from '../stack/folder.mjs';
import { node24 } from '../stack/node24.mjs';
import { hasDockerCompose } from './docker.mjs';
import { findProgram } from './find-program.mjs';
import { downloadKafkaJars } from './kafka-jars.mjs';
import { linkPackagedNode } from './node-link.mjs';
import { installNodeModules, isInstalled } from './node-modules.mjs';
import { chooseInfrastructure } from './platform.mjs';
import { inspectMachine, judge } from './preflight.mjs';
import { generateClient, staleClients } from './prisma-clients.mjs';
import { installSystemPackages } from './system-packages.mjs';
import { EDGE_TOOLS, findTools, NATIVE_TOOLS } from './tools.mjs';

/**
 * @param {{ apps: string[], yes: boolean, env?: NodeJS.ProcessEnv, report: import('../stack/report.mjs').Report, signal?: AbortSignal }} settings
 * @returns {Promise<'native' | 'compose' | 'external'>} where the infrastructure comes from
 */
export async function bootstrap({ apps, yes, env = process.env, report, signal }) {
  const kind = await choose(env, report);
  const needed = { native: NATIVE_TOOLS, external: EDGE_TOOLS, compose: [] }[kind];
  const missing = missingTools(needed);
  const modulesInstalled = isInstalled();
  preflight(missing.length > 0 || !modulesInstalled, report);

  if (missing.some((tool) => tool !== 'kafkaJars') || (missing.length > 0 && findProgram('mvn') === null)) {
    const askFirst = !yes && !env.CI && process.stdin.isTTY === true;
    await installSystemPackages({ needed, askFirst, report, signal });
  }
  if (!modulesInstalled) {
    await timed('node_modules do not match the lockfile: npm ci', report, () => installNodeModules({ signal }));
  }
  linkPackagedNode();
  node24();
  const tools = findTools();
  if (needed.includes('kafkaJars') && tools.kafkaJars === null) {
    const settings = { maven: findProgram('mvn'), java: tools.java };
    await timed('downloading Kafka by Maven', report, () => downloadKafkaJars(settings, { signal }));
  }
  const left = missingTools(needed);
  if (left.length > 0) throw new Error(`Still missing after the installation: ${left.join(', ')}.`);
  const stale = staleClients(apps);
  if (stale.length > 0) {
    await timed(`generating the database clients of ${stale.join(', ')}`, report, () =>
      Promise.all(stale.map((app) => generateClient(app, { signal }))),
    );
  }
  return kind;
}

function missingTools(needed) {
  const tools = findTools();
  return needed.filter((name) => tools[name] === null);
}

async function choose(env, report) {
  const hasApt = findProgram('apt-get') !== null;
  const missing = missingTools(NATIVE_TOOLS);
  const choice = chooseInfrastructure({
    infra: env.INFRA,
    platform: process.platform,
    hasApt,
    hasDocker: env.INFRA === 'compose' || (missing.length > 0 && !hasApt) ? await hasDockerCompose() : false,
    missing,
  });
  if ('error' in choice) throw new Error(choice.error);
  if (choice.kind !== 'native') report.note(`Infrastructure: ${choice.kind} (${choice.why}).`);
  return choice.kind;
}

function preflight(first, report) {
  const { errors, warnings } = judge(inspectMachine(homeFolder(), first));
  for (const warning of warnings) report.note(`Note: ${warning}`);
  if (errors.length > 0) throw new Error(errors.join('\n'));
}

async function timed(what, report, work) {
  report.step(`${what} …`);
  const start = performance.now();
  await work();
  report.step(`done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
