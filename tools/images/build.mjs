/** Builds the images, and looks at what has come of it. */
import { execFileSync } from 'node:child_process';
import { APP_NAMES } from '../../infra/stack/apps.mjs';
import { repositoryRoot } from '../../infra/stack/folder.mjs';
import {
  checkCompiled,
  checkConfiguration,
  expect,
  fingerprints,
  foreignFiles,
  imageOf,
  withFiles,
} from './image-checks.mjs';

/** Where the second build of the same goes. */
const AGAIN = 'docker.io/stagedoor/again:dev';

function build(engine, app, { tag = imageOf(app), layers = true } = {}) {
  const revision = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repositoryRoot, encoding: 'utf8' }).trim();
  // --network host: the build asks npm's registry as this machine does.
  const options = [
    '--format',
    'docker',
    '--network',
    'host',
    `--layers=${layers}`,
    '--build-arg',
    `REVISION=${revision}`,
  ];
  return engine.buildah([
    'build',
    ...options,
    ...(layers ? [] : ['--no-cache']),
    '--file',
    `apps/${app}/Dockerfile`,
    '--tag',
    tag,
    '.',
  ]);
}

/** @param {{ engine: import('./engine.mjs').Engine, figures: object[], say: (text: string) => void }} settings */
export async function buildImages({ engine, figures, say }) {
  const values = {};
  for (const app of APP_NAMES) {
    say(`building ${imageOf(app)}`);
    const begin = performance.now();
    await build(engine, app);
    values[app] = `${((performance.now() - begin) / 1000).toFixed(1)} s`;
  }
  figures.push({ what: 'build (with what was cached)', values });
}

/** @param {{ engine: import('./engine.mjs').Engine, steps: ReturnType<ReturnType<typeof import('../fresh/steps.mjs').createSteps>['section']>, figures: object[] }} settings */
export async function checkImages({ engine, steps, figures }) {
  const sizes = {};
  for (const app of APP_NAMES) {
    await steps.run(`${app}: size, user, health check, labels`, async () => {
      const bytes = await checkConfiguration(engine, app);
      sizes[app] = `${(bytes / 1e6).toFixed(1)} MB`;
      return `${sizes[app]} beyond the base`;
    });
    await steps.run(`${app}: its own code and dependencies and nothing else`, () =>
      withFiles(engine, imageOf(app), (root) => {
        const mistakes = foreignFiles(root, app);
        expect(mistakes.length === 0, mistakes.slice(0, 20).join('\n'));
      }),
    );
  }
  for (const app of APP_NAMES) {
    await steps.run(`${app}: starts from code that is compiled`, () => checkCompiled(engine, app));
  }
  figures.push({ what: 'unpacked, beyond the base', values: sizes });
  await steps.run('a mistake in an image is seen', () =>
    withFiles(engine, imageOf('payment-worker'), (root) => {
      expect(foreignFiles(root, 'result-worker').length > 0, "one app's image passes for another's");
    }),
  );
  await steps.run('built again without the cache: the same files', async () => {
    const app = 'payment-worker';
    // The first again as well: somebody may have changed a file meanwhile.
    await build(engine, app);
    await build(engine, app, { tag: AGAIN, layers: false });
    const first = await withFiles(engine, imageOf(app), fingerprints);
    const second = await withFiles(engine, AGAIN, fingerprints);
    await engine.podman(['rmi', AGAIN]);
    const all = [...new Set([...first.keys(), ...second.keys()])];
    const different = all.filter((file) => first.get(file) !== second.get(file));
    expect(different.length === 0, `different: ${different.slice(0, 20).join(', ')}`);
    return `${all.length} files`;
  });
}
