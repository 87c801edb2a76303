/** Schemathesis, in a Python environment of its own: installed once, by pip, with everything pinned. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { becomeRoot, createApt, needsRoot } from '../../infra/bootstrap/apt.mjs';
import { fillFolder } from '../../infra/bootstrap/complete-folder.mjs';
import { findProgram } from '../../infra/bootstrap/find-program.mjs';
import { cacheFolder } from '../../infra/stack/folder.mjs';
import { runCommand } from '../../infra/stack/run-command.mjs';

const requirements = join(import.meta.dirname, 'requirements.txt');
const VERSION = '4.32.5';
const PACKAGES = ['python3', 'python3-venv'];

/**
 * The Python that has it; installs it first where it is missing.
 * @param {{ report: import('../../infra/stack/report.mjs').Report, signal?: AbortSignal }} context
 */
export async function pythonWithSchemathesis({ report, signal }) {
  const folder = join(cacheFolder(), `schemathesis-${VERSION}`);
  const python = (inside) => join(inside, 'bin', 'python');
  if (!existsSync(python(folder))) {
    await python3WithVenv({ report, signal });
    report.step(`installing Schemathesis ${VERSION} by pip, for this command alone …`);
    await fillFolder(folder, async (partial) => {
      await runCommand('python3', ['-m', 'venv', partial], { signal });
      await runCommand(python(partial), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], { signal });
    });
  }
  return python(folder);
}

async function python3WithVenv({ report, signal }) {
  if (findProgram('python3') !== null && (await hasVenv(signal))) return;
  const root = await becomeRoot();
  if (root.error) throw new Error(needsRoot(root.error, PACKAGES));
  const apt = createApt(root.prefix, { report, signal });
  if (!(await apt.isKnown('python3-venv'))) await apt.update();
  report.note(`apt will install ${PACKAGES.join(', ')}, which Schemathesis needs.`);
  await apt.install(PACKAGES, (await apt.simulate(PACKAGES)).length);
}

/** Debian's python3 has the module, and not what it needs. */
async function hasVenv(signal) {
  try {
    await runCommand('python3', ['-c', 'import venv, ensurepip'], { signal });
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}
