/** Everything between a fresh clone and a stack that can start. What is there already is left alone: no network then. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { homeFolder } from '../stack/folder.mjs';
import { FolderInUseError, lockFolder } from '../stack/lock.mjs';
import { node24 } from '../stack/node24.mjs';
import { detectInfrastructure } from './detect-infrastructure.mjs';
import { findProgram } from './find-program.mjs';
import { downloadKafkaJars } from './kafka-jars.mjs';
import { linkPackagedNode } from './node-link.mjs';
import { installNodeModules, isInstalled } from './node-modules.mjs';
import { inspectMachine, judge } from './preflight.mjs';
import { generateClient, staleClients } from './prisma-clients.mjs';
import { installSystemPackages } from './system-packages.mjs';
import {
  EDGE_TOOLS,
  FAULT_TOOLS,
  findTools,
  missingTools,
  NATIVE_TOOLS,
  OBSERVABILITY_TOOLS,
  TEST_TOOLS,
} from './tools.mjs';
import { buildToxiproxy } from './toxiproxy.mjs';

const OTHER_LAUNCHER_POLL_MS = 500;

/** What no package brings, and what makes it. */
const BUILT_BY = { kafkaJars: 'mvn', toxiproxy: 'go' };

/**
 * @param {{ apps: string[], yes: boolean, tests?: boolean, faults?: boolean, observability?: boolean, env?: NodeJS.ProcessEnv, report: import('../stack/report.mjs').Report, signal?: AbortSignal }} settings
 *   `tests`, `faults`, `observability`: what only tests, only chaos, only the tests of alerts need is installed, too
 * @returns {Promise<import('./platform.mjs').Infrastructure>} where the infrastructure comes from
 */
export async function bootstrap({
  apps,
  yes,
  tests = false,
  faults = false,
  observability = false,
  env = process.env,
  report,
  signal,
}) {
  const { kind, why } = await detectInfrastructure(env);
  if (kind !== 'native') report.note(`Infrastructure: ${kind} (${why}).`);
  const services = { native: NATIVE_TOOLS, external: EDGE_TOOLS, compose: [] }[kind];
  if (faults && kind !== 'native') throw new Error(`Faults need infrastructure of this machine, not ${kind} (${why}).`);
  const more = [
    ...(tests && kind !== 'compose' ? TEST_TOOLS : []),
    ...(faults ? FAULT_TOOLS : []),
    ...(observability ? OBSERVABILITY_TOOLS : []),
  ];
  const needed = [...services, ...more];
  const isComplete = () => missingTools(needed).length === 0 && isInstalled() && staleClients(apps).length === 0;
  const first = missingTools(needed).length > 0 || !isInstalled();
  preflight(first, report);
  // Also after an npm ci by hand.
  linkPackagedNode();
  if (!isComplete()) {
    const askFirst = !yes && !env.CI && process.stdin.isTTY === true;
    await alone(report, signal, () => fillIn({ needed, apps, askFirst, report, signal }));
  }
  return kind;
}

async function fillIn({ needed, apps, askFirst, report, signal }) {
  const missing = missingTools(needed);
  const isBuilt = (tool) => findProgram(BUILT_BY[tool] ?? '') !== null;
  if (missing.some((tool) => !isBuilt(tool))) {
    await installSystemPackages({ needed, askFirst, report, signal });
  }
  if (!isInstalled()) {
    await timed('node_modules do not match the lockfile: npm ci', report, () => installNodeModules({ signal }));
  }
  node24();
  const tools = findTools();
  if (needed.includes('kafkaJars') && tools.kafkaJars === null) {
    const settings = { maven: findProgram('mvn'), java: tools.java };
    await timed('downloading Kafka by Maven', report, () => downloadKafkaJars(settings, { signal }));
  }
  if (needed.includes('toxiproxy') && tools.toxiproxy === null) {
    await timed('building Toxiproxy, which breaks connections, with Go', report, () =>
      buildToxiproxy({ go: findProgram('go') }, { signal }),
    );
  }
  const left = missingTools(needed);
  if (left.length > 0) throw new Error(`Still missing after the installation: ${left.join(', ')}.`);
  const stale = staleClients(apps);
  if (stale.length > 0) {
    await timed(`generating the database clients of ${stale.join(', ')}`, report, () =>
      Promise.all(stale.map((app) => generateClient(app, { signal }))),
    );
  }
}

/** `npm start` and `npm test` at the same moment in a fresh clone would both run npm ci: the second waits. */
async function alone(report, signal, work) {
  const folder = join(homeFolder(), 'bootstrap');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let said = false;
  for (;;) {
    try {
      const unlock = lockFolder(folder, folder);
      try {
        return await work();
      } finally {
        unlock();
      }
    } catch (error) {
      if (!(error instanceof FolderInUseError)) throw error;
      if (!said) report.step(`waiting for process ${error.owner.pid}, which is installing`);
      said = true;
      await delay(OTHER_LAUNCHER_POLL_MS, undefined, { signal });
    }
  }
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
