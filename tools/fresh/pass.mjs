/** One pass: a new machine, from git clone to the last Ctrl-C. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPorts, PORTS } from '../../infra/stack/ports.mjs';
import { ORIGIN } from './furnish.mjs';
import { lastLines } from './inside.mjs';
import { launch } from './launch.mjs';
import { expectRefusal, withoutSudo } from './no-root.mjs';
import { enabledServices, systemResidue, temporaryResidue } from './residue.mjs';
import { missingFromWalk, walkOf } from './walk.mjs';

const CLONE_TIMEOUT_MS = 120_000;
const WALK_TIMEOUT_MS = 180_000;
const TEST_TIMEOUT_MS = 60 * 60_000;
/** Seconds; generous, for other work may be going on beside it. */
const STOP_MAX_S = 30;
const NEXT_START_MAX_S = 60;

/** With a blank in the path, as in "Meine Projekte". @param {string} user */
export const cloneOf = (user) => `${user === 'root' ? '/root' : `/home/${user}`}/a concert hall/stagedoor`;

/** The variables that move the ports of npm start there. */
const portVariables = (ports) =>
  Object.fromEntries(Object.entries(PORTS).map(([name, { variable }]) => [variable, String(ports[name])]));

const seconds = (value) => `${value.toFixed(1)} s`;

function atMost(limit, took, what) {
  if (took > limit) throw new Error(`${what} took ${seconds(took)}; ${limit} s are allowed.`);
  return seconds(took);
}

function none(list) {
  if (list.length > 0) throw new Error(list.join('\n'));
}

/**
 * @param {{ machine: import('./machine.mjs').Machine, steps: ReturnType<ReturnType<typeof import('./steps.mjs').createSteps>['section']>,
 *   user: string, ports: import('../../infra/stack/ports.mjs').Ports, env: Record<string, string>, withTests: boolean,
 *   logFile: string }} settings
 *   `user`: root or fan; `ports`: free ones, for the network is shared until it is cut off; `env`: of npm start and its
 *   companions
 */
export async function runPass({ machine, steps, user, ports, env, withTests, logFile }) {
  const cwd = cloneOf(user);
  // Cut off from everything, it also has the usual ports for itself.
  const offline = { user, cwd, env, logFile, network: false };
  const here = { ...offline, env: { ...env, ...portVariables(ports) }, network: true };
  const edgeOf = ({ network }) => `http://localhost:${network ? ports.edge : defaultPorts({}).edge}`;
  const enabledBefore = enabledServices(machine.root);

  if (user !== 'root') await refusals({ machine, steps, env, logFile });

  await steps.run('git clone', () => clone(machine, { user, cwd, logFile }), { blocks: true });

  let npm = null;
  const start = (options) => {
    npm = launch(machine, { edge: edgeOf(options), progress: steps.progress, ...options });
    return npm.untilServing();
  };
  const stop = async () => atMost(STOP_MAX_S, await npm.interrupt(), 'Stopping');
  const readme = () => readFileSync(join(machine.root, cwd, 'README.md'), 'utf8');
  const walk = (options) => () => takeWalk(machine, walkOf(readme(), edgeOf(options)), options);

  await steps.run('npm start -- --yes serves', async () => seconds(await start(here)), { blocks: true });
  await steps.run('no system service was enabled', async () => none(systemResidue(machine.root, enabledBefore)));
  await steps.run('curl is installed only now', async () => {
    // npm start has filled the package lists.
    await machine.run(['apt-get', 'install', '--yes', '--no-install-recommends', 'curl'], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      logFile,
    });
  });
  await steps.run("the README's walk: CONFIRMED, then refunded", walk(here));
  if (withTests)
    await steps.run('npm test beside it', () => runTests(machine, { ...here, env, progress: steps.progress }));
  await steps.run('Ctrl-C: everything ends', stop);

  await steps.run('a machine without network', () => machine.makeOfflineNetwork(), { blocks: true });
  await steps.run(
    'second npm start, offline',
    async () => atMost(NEXT_START_MAX_S, await start(offline), 'The second start'),
    { blocks: true },
  );
  await steps.run('the walk again, offline', walk(offline));
  await steps.run('kill -9 of the launcher', async () => `${await npm.killLauncher()} processes are left behind`);
  await steps.run(
    'third npm start, offline: cleans up, serves',
    async () => {
      const took = atMost(NEXT_START_MAX_S, await start(offline), 'The third start');
      if (!npm.output().includes('left behind by a launcher that was killed')) {
        throw new Error(`It does not say that it cleaned up:\n${lastLines(npm.output())}`);
      }
      return took;
    },
    { blocks: true },
  );
  await steps.run('Ctrl-C again: everything ends', stop);
  await steps.run('nothing is left outside .stagedoor and node_modules', async () => {
    none([...systemResidue(machine.root, enabledBefore), ...temporaryResidue(machine.root)]);
    none(await foreignFiles(machine, here));
  });
}

async function refusals({ machine, steps, env, logFile }) {
  const visitor = { user: 'visitor', cwd: cloneOf('visitor'), env, logFile };
  await steps.run('refused: sudo, but no right to it', async () => {
    await clone(machine, visitor);
    await expectRefusal(machine, visitor);
  });
  await steps.run('refused: no sudo at all', () => withoutSudo(machine.root, () => expectRefusal(machine, visitor)));
}

/** git refuses to clone what belongs to somebody else. */
async function clone(machine, { user, cwd, logFile }) {
  await machine.run(['chown', '--recursive', `${user}:`, ORIGIN], { logFile });
  await machine.run(['git', 'clone', '--quiet', ORIGIN, cwd], { user, logFile, timeoutMs: CLONE_TIMEOUT_MS });
}

async function takeWalk(machine, script, options) {
  const walk = ['bash', '-euo', 'pipefail', '-c', script];
  const { code, output } = await machine.command(walk, { ...options, timeoutMs: WALK_TIMEOUT_MS }).ended;
  const missing = missingFromWalk(output);
  if (code !== 0) throw new Error(`The walk ended early (exit code ${code}):\n${lastLines(output)}`);
  if (missing.length > 0) throw new Error(`The walk did not print ${missing.join(', ')}:\n${lastLines(output)}`);
}

async function runTests(machine, options) {
  const { code, output } = await machine.command(['npm', 'test'], { ...options, timeoutMs: TEST_TIMEOUT_MS }).ended;
  const summary = output.match(/^\d+ passed, \d+ failed$/gm)?.at(-1) ?? 'no summary';
  if (code !== 0 || !summary.endsWith(' 0 failed'))
    throw new Error(`${summary}, exit code ${code}:\n${lastLines(output, 60)}`);
  return summary;
}

/** Files that git would see, and files of another owner: a sudo that did too much. */
async function foreignFiles(machine, options) {
  const lines = async (args) => {
    const { output } = await machine.command(args, options).ended;
    return output.split('\n').filter(Boolean);
  };
  const changed = await lines(['git', 'status', '--porcelain']);
  const others = await lines(['find', '.', '!', '-user', options.user, '-print', '-quit']);
  return [...changed.map((line) => `git status: ${line}`), ...others.map((file) => `${file} is not ${options.user}'s`)];
}
