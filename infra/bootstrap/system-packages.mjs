/** Brings the programs that are missing onto a Debian machine: listed first, asked for, without any system service. */
import { becomeRoot, createApt, needsRoot } from './apt.mjs';
import { askYesNo } from './ask.mjs';
import { findProgram } from './find-program.mjs';
import { JAVA_PACKAGES, missingPackages } from './packages.mjs';
import { unpackPrometheus } from './prometheus.mjs';
import { findTools } from './tools.mjs';
import { linkRedisServer, unpackNginx } from './unpack.mjs';

const UNPACK = { nginx: unpackNginx, prometheus: unpackPrometheus };

/**
 * @param {{ needed: string[], askFirst: boolean, report: import('../stack/report.mjs').Report, signal?: AbortSignal }} settings
 *   `needed`: names out of Tools; `askFirst`: whether somebody sits at a terminal who wants to be asked
 */
export async function installSystemPackages({ needed, askFirst, report, signal }) {
  const tools = findTools();
  const installed = { maven: findProgram('mvn'), go: findProgram('go'), redisCheck: findProgram('redis-check-rdb') };
  const missing = (javaPackage) => missingPackages(tools, { ...installed, needed, javaPackage });
  const packages = missing('default-jre-headless');
  if (packages.install.length === 0 && packages.unpack.length === 0 && !packages.linkRedis) return;

  const root = await becomeRoot();
  const apt = createApt(root.prefix ?? [], { signal, report });
  const known = await Promise.all([...packages.install, ...packages.unpack].map((name) => apt.isKnown(name)));
  const needsUpdate = known.includes(false);
  if (root.error && (packages.install.length > 0 || needsUpdate)) {
    // Not nginx: whoever installs that gets its service. Its file can be fetched without root.
    throw new Error(needsRoot(root.error, packages.install));
  }
  if (needsUpdate) await apt.update();

  if (packages.install.length > 0) {
    const { install } = missing(await javaPackage(apt));
    const all = await apt.simulate(install);
    report.note(`apt will install ${install.join(', ')}; with what they depend on, ${all.length} in all:`);
    report.note(`  ${all.join(' ')}`);
    report.note('No system service is installed, enabled or started.');
    if (askFirst && !(await askYesNo('Go on?', { yesByDefault: true, signal })))
      throw new Error('Nothing was installed.');
    await apt.install(install, all.length);
  }
  for (const name of packages.unpack) {
    report.step(`unpacking ${name} into our own folder (its package would start a service)`);
    await UNPACK[name](apt, { signal });
  }
  if (packages.linkRedis) await linkRedisServer({ signal });
}

async function javaPackage(apt) {
  for (const name of JAVA_PACKAGES) if (await apt.isKnown(name)) return name;
  throw new Error(`apt knows none of ${JAVA_PACKAGES.join(', ')}.`);
}
