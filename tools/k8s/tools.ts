import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, '.stagedoor', 'cache');

export const KUSTOMIZE_VERSION = '5.7.1';
export const VALIDATE_VERSION = '1.37.0';
/** The oldest Kubernetes that the manifests are for, and the newest they are held against. */
export const KUBERNETES_VERSIONS = ['1.32', '1.34', '1.37'];

const works = (program: string, ...args: string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/**
 * The kustomize to build with, installed by Go if it is not there; where there is no Go, the one in kubectl.
 * @throws Error that says what to install
 */
export function kustomize(say: (line: string) => void): { program: string; args: string[] } {
  const folder = join(cache, `kustomize-${KUSTOMIZE_VERSION}`);
  const program = join(folder, 'kustomize');
  if (existsSync(program)) return { program, args: ['build'] };
  if (works('go', 'version')) {
    say(`installing kustomize ${KUSTOMIZE_VERSION} into .stagedoor/cache, by Go; once, some minutes`);
    mkdirSync(folder, { recursive: true });
    const what = `sigs.k8s.io/kustomize/kustomize/v5@v${KUSTOMIZE_VERSION}`;
    execFileSync('go', ['install', what], { stdio: 'inherit', env: { ...process.env, GOBIN: folder } });
    return { program, args: ['build'] };
  }
  if (works('kubectl', 'kustomize', '--help')) {
    say('there is no Go to install kustomize with: the one in kubectl is used, whatever its version');
    return { program: 'kubectl', args: ['kustomize'] };
  }
  throw new Error('kustomize is missing: install Go, or kubectl (Debian: kubernetes-client)');
}

/**
 * A Python that has kubernetes-validate, installed from PyPI if it is not there.
 * @throws Error that says what to install
 */
export function validator(say: (line: string) => void): string {
  const folder = join(cache, `kubernetes-validate-${VALIDATE_VERSION}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  if (!works('python3', '-m', 'venv', '--help')) {
    throw new Error('Python 3 with venv is missing (Debian: python3-venv)');
  }
  say(`installing kubernetes-validate ${VALIDATE_VERSION} into .stagedoor/cache, from PyPI; once`);
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check'];
    execFileSync(python, [...pip, `kubernetes-validate==${VALIDATE_VERSION}`], { stdio: 'inherit' });
  } catch (error) {
    // Half of it would look complete the next time.
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return python;
}
