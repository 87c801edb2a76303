/** How this machine reaches the network: a fresh one beside it has to take the same way. All of this is only read. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export const GUEST_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** Maven takes a proxy only from such settings. */
const PASSED_ON = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'maven_opts',
  'maven_args',
  'java_tool_options',
];

/** @param {NodeJS.ProcessEnv} env @returns {Record<string, string>} */
export function networkEnvironment(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value && PASSED_ON.includes(name.toLowerCase())),
  );
}

/**
 * The certificates of PEM bundles, each once.
 * @param {string[]} bundles
 */
export function certificatesOf(bundles) {
  const found = bundles.flatMap(
    (text) => text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [],
  );
  const unique = new Map(found.map((pem) => [pem.replaceAll(/\s/g, ''), pem]));
  return [...unique.values()];
}

/** Those that this machine trusts and the other does not. @param {string[]} ours PEM bundles @param {string} theirs */
export function additionalCertificates(ours, theirs) {
  const known = new Set(certificatesOf([theirs]).map((pem) => pem.replaceAll(/\s/g, '')));
  return certificatesOf(ours).filter((pem) => !known.has(pem.replaceAll(/\s/g, '')));
}

/**
 * This machine's archives of that release.
 * @param {string} targets lines of "site release component"
 * @param {string} suite
 * @returns {string[]} lines for sources.list, the release itself first
 * @throws {Error} where apt knows none of that release
 */
export function aptSources(targets, suite) {
  const lines = targets.split('\n').map((line) => line.trim().split(' '));
  const ours = lines.filter(([, release]) => release === suite || release?.startsWith(`${suite}-`));
  if (!ours.some(([, release]) => release === suite)) {
    throw new Error(`apt has no archive of Debian ${suite} here: add one to its sources, then start again.`);
  }
  const sorted = ours.toSorted(([, a], [, b]) => Number(b === suite) - Number(a === suite));
  return [...new Set(sorted.map((fields) => `deb ${fields.join(' ')}`))];
}

/** Proxies, and whether a mirror's dates are to be believed. @param {string} dump of `apt-config dump` */
export function aptSettings(dump) {
  const wanted = /^Acquire::(?:https?::|Check-Valid-Until |Check-Date |Retries |ForceIPv)/;
  return dump.split('\n').filter((line) => wanted.test(line));
}

/**
 * @param {string} suite
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function readHostSettings(suite, env = process.env) {
  const ask = async (command, ...args) => {
    try {
      return (await promisify(execFile)(command, args, { env })).stdout.trim();
    } catch {
      return '';
    }
  };
  const registry = await ask('npm', 'config', 'get', 'registry');
  const bundles = [
    await ask('npm', 'config', 'get', 'cafile'),
    env.NODE_EXTRA_CA_CERTS,
    env.SSL_CERT_FILE,
    GUEST_BUNDLE,
  ];
  const files = [...new Set(bundles)].filter((file) => file && existsSync(file));
  const targets = await ask(
    'apt-get',
    'indextargets',
    '--format',
    '$(SITE) $(RELEASE) $(COMPONENT)',
    'Created-By: Packages',
  );
  return {
    env: networkEnvironment(env),
    bundles: files.map((file) => readFileSync(file, 'utf8')),
    registry: registry.startsWith('http') ? registry : null,
    sources: aptSources(targets, suite),
    aptSettings: aptSettings(await ask('apt-config', 'dump')),
    nameResolution: ['/etc/hosts', '/etc/resolv.conf'].filter((file) => existsSync(file)),
  };
}
