/** `npm run test:images`: the images and docker-compose.yml, built and run on a machine without a container engine. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { APP_NAMES } from '../../infra/stack/apps.mjs';
import { cacheFolder } from '../../infra/stack/folder.mjs';
import { lockFolder } from '../../infra/stack/lock.mjs';
import { freePorts } from '../../infra/stack/ports.mjs';
import { readHostSettings } from '../fresh/host-settings.mjs';
import { countOf, createSteps, table } from '../fresh/steps.mjs';
import { runTool } from '../run-tool.mjs';
import { HELP, parseArguments } from './arguments.mjs';
import { buildImages, checkImages } from './build.mjs';
import { startEngine } from './engine.mjs';
import { runSystem } from './run-system.mjs';
import { makeStandIns, mirrorOf } from './stand-ins.mjs';
import { dockerCompose, installTools } from './tools.mjs';

const SUITE = 'bookworm';

const NOT_RUN = `Not run: Docker's own engine and BuildKit; the official base images (stand-ins of the same names were made of
Debian's packages: MySQL 9.7 for mysql:8.4, Redis 8, nginx 1.30, OpenJDK 17 and Maven's jars for Kafka); the profile
"observability" (its images cannot be had); other processors than this one's.`;

process.exit(await runTool({ parse: parseArguments, help: HELP, run }));

async function run({ parts, clean, yes }, signal) {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') {
    console.error('npm run test:images needs Linux and root: containers are made with namespaces and mounts.');
    return 1;
  }
  const folder = join(cacheFolder(), 'images');
  mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(folder, folder);
  const steps = createSteps({ print: console.log, signal });
  const figures = [];
  let engine;
  try {
    const prepare = steps.section('prepare');
    await prepare.run(
      'tools',
      () => installTools({ ask: !yes && process.stdin.isTTY === true, say: steps.say, signal }),
      {
        blocks: true,
      },
    );
    await prepare.run(
      'an engine of our own',
      async () => {
        const host = await readHostSettings(SUITE);
        if (clean) forget(folder);
        const compose = await dockerCompose({ folder, mirror: mirrorOf(host), say: steps.say, signal });
        engine = await startEngine({ folder, compose, signal });
        return await makeStandIns({ engine, folder, host, say: steps.say, signal });
      },
      { blocks: true },
    );
    await prepare.run('the four images', () => buildImages({ engine, figures, say: steps.say }), { blocks: true });
    if (countOf(steps.all()).failed === 0) {
      if (parts.includes('images')) await checkImages({ engine, steps: steps.section('images'), figures });
      for (const part of parts.filter((name) => name !== 'images')) {
        const ports = await freePorts();
        await runSystem({ engine, section: () => steps.section(part), ports, secure: part === 'secure', figures });
      }
    }
  } finally {
    await engine?.stop();
    unlock();
  }
  const { passed, failed } = countOf(steps.all());
  console.log(`\n${table(steps.all())}\n\n${figuresTable(figures)}\n\n${NOT_RUN}\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function forget(folder) {
  for (const name of ['storage', 'settings', 'docker-compose'])
    rmSync(join(folder, name), { recursive: true, force: true });
}

/** @param {{ what: string, values: Record<string, string> }[]} figures by app */
function figuresTable(figures) {
  const row = (what, cells) => `${what.padEnd(34)}${cells.map((cell) => cell.padStart(22)).join('')}`;
  return [
    row('', APP_NAMES),
    ...figures.map(({ what, values }) =>
      row(
        what,
        APP_NAMES.map((app) => values[app] ?? ''),
      ),
    ),
  ].join('\n');
}
