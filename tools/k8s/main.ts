import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakages, unbroken } from './breakages.ts';
import { readFacts } from './facts.ts';
import { objectsOf } from './objects.ts';
import { OVERLAYS, render } from './overlays.ts';
import { RULES } from './rules/all.ts';
import { unmadeSecrets } from './rules/secret-references.ts';
import { KUBERNETES_VERSIONS, kustomize, validator } from './tools.ts';

// npm run test:k8s: builds both overlays, holds every object against its schema, then against the project's rules, and
// shows that each rule bites. Needs no cluster.
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = join(import.meta.dirname, '..', '..', '.stagedoor', 'run', `k8s-${process.pid}`);
let passed = 0;
let failed = 0;

function check(name: string, mistakes: string[]): void {
  if (mistakes.length === 0) passed += 1;
  else failed += 1;
  say(`${mistakes.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const mistake of mistakes) say(`       ${mistake}`);
}

function validated(python: string, version: string, files: string[]): { code: number; text: string } {
  const args = [join(import.meta.dirname, 'validate.py'), version, join(import.meta.dirname, 'schemas'), ...files];
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' });
  return { code: status ?? 1, text: `${stdout}${stderr}`.trim() };
}

mkdirSync(folder, { recursive: true });
try {
  const builder = kustomize(say);
  const python = validator(say);
  const facts = await readFacts();
  const files: string[] = [];
  check('each rule is shown to bite', unbroken(RULES));
  for (const overlay of OVERLAYS) {
    const text = render(overlay, builder);
    const file = join(folder, `${overlay}.yaml`);
    writeFileSync(file, text);
    files.push(file);
    for (const [name, rule] of Object.entries(RULES)) check(`${overlay}: ${name}`, rule(objectsOf(text), facts));
    for (const { name, rule, make } of breakages) {
      const objects = objectsOf(text);
      const broken = make(objects, facts);
      const bites = RULES[rule]?.(broken.objects, broken.facts).length ?? 0;
      check(`${overlay}: "${rule}" bites: ${name}`, bites > 0 ? [] : ['nobody noticed']);
    }
  }
  const [dev] = files.map((file) => objectsOf(readFileSync(file, 'utf8')));
  const made = execFileSync(process.execPath, [join(import.meta.dirname, 'dev-secrets.ts')], { encoding: 'utf8' });
  check('dev: dev-secrets.ts makes every Secret that is named', unmadeSecrets(dev ?? [], objectsOf(made)));
  check('dev: that rule bites', unmadeSecrets(dev ?? [], []).length > 0 ? [] : ['nobody noticed']);
  for (const version of KUBERNETES_VERSIONS) {
    const { code, text } = validated(python, version, files);
    check(`schemas of Kubernetes ${version}: ${text.split('\n').slice(-2).join('; ')}`, code === 0 ? [] : [text]);
  }
  const unknown = join(import.meta.dirname, 'fixtures', 'unknown-fields.yaml');
  const { text } = validated(python, '1.34', [unknown]);
  const noticed = ['replica', 'maxReplicas', 'gatewayClass', 'limits', 'no schema'].filter(
    (word) => !text.includes(word),
  );
  check(
    'the schemas bite: unknown fields and kinds are refused',
    noticed.map((word) => `nobody noticed ${word}`),
  );
} catch (error) {
  check(error instanceof Error ? error.message : String(error), ['it could not be run']);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(
  'Not run: no API server, so no admission, no CEL rules of the custom kinds, no controller (KEDA, Envoy Gateway), and',
);
say('no pod, probe, network policy or scaler at work. docs/deployment.md says what to run on a cluster.');
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
