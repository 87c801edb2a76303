/** A whole stack, to be started and played with: what `npm start`, the end-to-end tests and the simulations stand on. */

import { setTimeout as sleep } from 'node:timers/promises';
import { detectInfrastructure } from '../bootstrap/detect-infrastructure.mjs';
import { edgeLimits, NO_LIMITS } from '../edge/limits.mjs';
import { adminUrls } from './accounts.mjs';
import { addressesOf, createAppGroup } from './app-group.mjs';
import { ACCOUNT_NAMES, APP_NAMES, APPS, KAFKA_USERS } from './apps.mjs';
import { openBase } from './base.mjs';
import { createEdge } from './edge.mjs';
import { faultRoutes } from './fault-routes.mjs';
import { homeFolder, MAIN_STACK } from './folder.mjs';
import { INFRASTRUCTURE } from './infrastructure.mjs';
import { keysOf } from './keys.mjs';
import { defaultPorts, freeBlock, freePorts } from './ports.mjs';
import { createTopics, migrate } from './prepare-databases.mjs';
import { silentReport } from './report.mjs';
import { externalWiring, localWiring } from './wiring.mjs';

export { APPS, homeFolder };

// As a pod's preStop: what the edge's old workers had in hand for a replica still comes after the new ones ask elsewhere.
const PRE_STOP_MS = 500;

/**
 * @param {import('./index.d.mts').StackOptions} [options]
 * @returns {Promise<import('./index.d.mts').Stack>}
 */
export async function startStack({
  name = `stack-${process.pid}-${Date.now().toString(36)}`,
  apps = APPS,
  only = APP_NAMES,
  replicas = {},
  env = {},
  infrastructure: givenInfrastructure,
  edge: withEdge = true,
  prepare = true,
  profile = 'default',
  limits: givenLimits = {},
  durable = true,
  secure = false,
  faultProxy = false,
  keepData = name === MAIN_STACK,
  watch = false,
  ports: givenPorts,
  report = silentReport,
  signal,
  killSignal,
} = {}) {
  const ports = givenPorts ?? (name === MAIN_STACK ? defaultPorts() : await freePorts());
  const infrastructure = givenInfrastructure ?? (await detectInfrastructure()).kind;
  if (faultProxy && infrastructure !== 'native') {
    throw new Error(`A fault proxy goes with native infrastructure only, not with ${infrastructure}.`);
  }
  const faults = faultProxy ? faultRoutes(apps, ports, await freeBlock()) : undefined;
  const wanted = apps.filter((app) => only.includes(app.name));
  const base = await openBase({
    name,
    ports,
    portNames: portsInUse({ infrastructure, wanted, withEdge }),
    disposable: !keepData,
    durable,
    secure,
    infrastructure,
    names: { ...ACCOUNT_NAMES, kafkaUsers: secure ? KAFKA_USERS : [] },
    faults,
    report,
    signal,
    killSignal,
  });
  try {
    const keys = keysOf(base.folders.keys);
    const local = { accounts: base.accounts, keys, certificates: base.certificates };
    const wiring =
      infrastructure === 'external'
        ? externalWiring({ env: process.env, names: ACCOUNT_NAMES, keys })
        : localWiring({ ...local, ports });
    const wiringOf = (app) =>
      faults === undefined ? wiring : localWiring({ ...local, ports: faults.portsOf(app.name) });
    const groups = new Map(
      apps.map((app) => [
        app.name,
        createAppGroup(app, {
          base,
          wiring: wiringOf(app),
          ports,
          watch,
          report,
          env: envOfReplica(profile, env[app.name]),
        }),
      ]),
    );
    const edge = createEdge({
      stack: name,
      base,
      ports,
      upstreams: () => addressesOf(groups),
      limits: profile === 'load' ? NO_LIMITS : { ...edgeLimits(), ...givenLimits },
      report,
    });

    await base.startInfrastructure();
    if (prepare) await prepareDatabases({ apps, groups, wiring, secure, report, signal });
    if (wanted.length > 0) report.step(`starting ${wanted.map((app) => app.name).join(', ')}`);
    await allOf(wanted.map((app) => groups.get(app.name).start(replicas[app.name] ?? 1)));
    if (withEdge) await edge.start();
    return handleOf({ name, base, groups, edge: withEdge ? edge : null, ports, infrastructure, faults });
  } catch (error) {
    await base.stop();
    throw signal?.aborted ? signal.reason : error;
  }
}

/** What is given for an app goes for all its replicas, unless it is said for each. */
function envOfReplica(profile, given = {}) {
  const unlimited = profile === 'load' ? { FAN_MAX_REQUESTS_PER_SECOND: '0' } : {};
  return (replica) => ({ ...unlimited, ...(typeof given === 'function' ? given(replica) : given) });
}

function portsInUse({ infrastructure, wanted, withEdge }) {
  return [
    ...(infrastructure === 'native' ? [...INFRASTRUCTURE, 'kafka-controller'] : []),
    ...wanted.map((app) => app.name),
    ...(withEdge ? ['edge'] : []),
  ];
}

async function prepareDatabases({ apps, groups, wiring, secure, report, signal }) {
  report.step('migrations and topics');
  await allOf([
    migrate({ apps, envOf: (app) => groups.get(app.name).env(0), signal }),
    createTopics({ kafka: wiring.kafka, secure, signal }),
  ]);
}

/** Waits for all, the failed ones too: none may still be starting while the rest is being stopped. */
async function allOf(promises) {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** @returns {import('./index.d.mts').Stack} */
function handleOf({ name, base, groups, edge, ports, infrastructure, faults }) {
  const group = (app) => {
    const found = groups.get(app);
    if (!found) throw new Error(`There is no app ${app}; there are ${[...groups.keys()].join(', ')}.`);
    return found;
  };
  const service = (wanted) => {
    const found = base.processes.find((process) => process.name === wanted);
    if (!found)
      throw new Error(`This stack runs no ${wanted}; it runs ${base.processes.map((p) => p.name).join(', ')}.`);
    return found;
  };
  return {
    name,
    folder: base.folders.folder,
    ports,
    urls: {
      edge: `http://localhost:${faults?.edgePort ?? ports.edge}`,
      get apps() {
        const entries = Object.entries(addressesOf(groups));
        return Object.fromEntries(
          entries.map(([app, addresses]) => [app, addresses.map((address) => `http://${address}`)]),
        );
      },
    },
    get admin() {
      if (infrastructure === 'external')
        throw new Error('INFRA=external: only its owner has a user that may do everything.');
      return adminUrls(base.accounts, ports, base.certificates);
    },
    faultProxy: faults === undefined ? null : { url: `http://127.0.0.1:${faults.apiPort}` },
    env: (app, replica = 0) => group(app).env(replica),
    processes: () =>
      base.processes.filter(({ isUp }) => isUp).map(({ name: processName, pid }) => ({ name: processName, pid })),
    logFile: (processName) => service(processName).log.file,
    kill: (app, signalName = 'SIGKILL', { replica = 0, staysDown = false } = {}) =>
      group(app).replica(replica).kill(signalName, { staysDown }),
    restart: async (app, replica = 0) => {
      const process = group(app).replica(replica);
      const isOut = group(app).takeOut(replica);
      if (isOut) {
        await edge?.reload();
        await sleep(PRE_STOP_MS);
      }
      try {
        await process.stop();
        await process.start();
      } finally {
        group(app).putBack(replica);
      }
      if (isOut) await edge?.reload();
    },
    stopApp: (app, replica = 0) => group(app).replica(replica).stop(),
    startApp: (app, replica = 0) => group(app).replica(replica).start(),
    waitUntilReady: (app, replica = 0) => group(app).replica(replica).waitUntilReady(),
    addReplica: async (app) => {
      const replica = await group(app).add();
      await edge?.reload();
      return replica;
    },
    stopService: (wanted) => service(wanted).stop(),
    startService: (wanted) => service(wanted).start(),
    killService: (wanted, signalName = 'SIGKILL', { staysDown = false } = {}) =>
      service(wanted).kill(signalName, { staysDown }),
    stop: () => base.stop(),
    killNow: () => base.killNow(),
  };
}
