/** `npm run test:fresh`: the README's promise on a machine that has nothing yet. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../infra/bootstrap/find-program.mjs';
import { homeFolder, repositoryRoot } from '../../infra/stack/folder.mjs';
import { freePorts } from '../../infra/stack/ports.mjs';
import { identify } from '../../infra/stack/process-identity.mjs';
import { runTool } from '../run-tool.mjs';
import { HELP, parseArguments } from './arguments.mjs';
import { furnish } from './furnish.mjs';
import { readHostSettings } from './host-settings.mjs';
import { removeRoot, startMachine } from './machine.mjs';
import { cloneOf, runPass } from './pass.mjs';
import { rootArchive, SUITE } from './root-archive.mjs';
import { countOf, createSteps, table } from './steps.mjs';

const NEEDED = ['debootstrap', 'git', 'npm', 'nsenter', 'tar', 'unshare'];
const USERS = { root: 'root', user: 'fan' };
/** Not UTC, so that a time without its zone is seen. */
const TIME_ZONE = 'Asia/Seoul';

process.exit(await runTool({ parse: parseArguments, help: HELP, run }));

async function run({ quick, passes }, signal) {
  const missing = NEEDED.filter((name) => findProgram(name) === null);
  if (process.getuid?.() !== 0 || process.platform !== 'linux' || missing.length > 0) {
    const lacks = missing.length > 0 ? `; missing here: ${missing.join(', ')}` : '';
    console.error(`npm run test:fresh needs Linux, root and ${NEEDED.join(', ')}${lacks}.`);
    return 1;
  }
  const folder = join(homeFolder(), 'fresh');
  const steps = createSteps({ print: console.log, signal });
  removeAbandoned(folder);
  const host = await readHostSettings(SUITE);
  const archive = await rootArchive({ folder, sources: host.sources, say: steps.say, signal });
  for (const pass of passes) {
    await onNewMachine({ pass, folder, archive, host, steps, withTests: pass === 'root' && !quick, signal });
    signal.throwIfAborted();
  }
  const { passed, failed } = countOf(steps.all());
  console.log(`\n${table(steps.all())}\n\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function onNewMachine({ pass, folder, archive, host, steps, withTests, signal }) {
  const own = join(folder, 'machines', `${process.pid}-${pass}`);
  const logFile = join(folder, 'logs', `${pass}.log`);
  mkdirSync(join(folder, 'logs'), { recursive: true });
  rmSync(logFile, { force: true });
  rmSync(join(folder, 'logs', pass), { recursive: true, force: true });
  steps.say(`${pass}: a new machine; its log is ${logFile}`);
  const machine = await startMachine({
    archive,
    folder: own,
    prepare: (root) => furnish({ root, host, repository: repositoryRoot, signal }),
    signal,
  });
  try {
    await runPass({
      machine,
      steps: steps.section(pass),
      user: USERS[pass],
      ports: await freePorts(),
      env: { TZ: TIME_ZONE },
      withTests,
      logFile,
    });
  } finally {
    // The machine goes; what its processes said may still be needed.
    const logs = join(machine.root, cloneOf(USERS[pass]), '.stagedoor/logs');
    if (existsSync(logs)) cpSync(logs, join(folder, 'logs', pass), { recursive: true });
    await machine.close();
  }
}

/** What a run that was killed with -9 has left; its processes have ended with it. */
function removeAbandoned(folder) {
  mkdirSync(join(folder, 'machines'), { recursive: true });
  for (const name of readdirSync(join(folder, 'machines'))) {
    if (identify(Number.parseInt(name, 10)) === null) removeRoot(join(folder, 'machines', name));
  }
  for (const name of readdirSync(folder)) {
    if (name.startsWith('making-') && identify(Number(name.slice('making-'.length))) === null) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}
