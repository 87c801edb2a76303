/**
 * Where the infrastructure comes from: this machine's packages, the Docker engine, or elsewhere.
 * @typedef {'native' | 'compose' | 'external'} Infrastructure
 */

/** @type {string[]} */
export const INFRASTRUCTURES = ['native', 'compose', 'external'];

/**
 * @param {{ infra: string | undefined, platform: NodeJS.Platform, hasApt: boolean, hasDocker: boolean, missing: string[] }} situation
 *   `infra`: the variable INFRA; `missing`: programs that are not installed
 * @returns {{ kind: Infrastructure, why: string } | { error: string }}
 */
export function chooseInfrastructure({ infra, platform, hasApt, hasDocker, missing }) {
  if (infra) {
    if (!INFRASTRUCTURES.includes(infra)) return { error: `INFRA=${infra} is none of ${INFRASTRUCTURES.join(', ')}.` };
    if (infra === 'compose' && !hasDocker) return { error: noDocker('INFRA=compose') };
    return { kind: /** @type {Infrastructure} */ (infra), why: `INFRA=${infra}` };
  }
  if (platform === 'win32') return { error: 'Windows itself is not supported: run this inside WSL.' };
  if (missing.length === 0) return { kind: 'native', why: 'everything is installed' };
  if (platform === 'linux' && hasApt) return { kind: 'native', why: 'apt can install what is missing' };
  if (hasDocker) return { kind: 'compose', why: `no apt here, and missing: ${missing.join(', ')}` };
  return { error: noDocker(`There is no apt here, and ${missing.join(', ')} is missing:`) };
}

function noDocker(what) {
  return `${what} a Docker engine with "docker compose" is needed. Install and start one, or set INFRA=external.`;
}
