/** Which Debian packages bring what is missing. None of them holds a system service. */

import { TEST_TOOLS } from './tools.mjs';

/**
 * The packages of nginx, Prometheus and redis-server enable and start a service of the system, which is none of our business. So
 * Redis comes out of redis-tools, whose redis-check-rdb is the server under another name (Debian's redis-server is a
 * link to it), and the other two are unpacked into our own folder without being installed. MariaDB has packages without service.
 * @typedef {{ install: string[], unpack: string[], linkRedis: boolean }} Packages
 */

/**
 * @param {import('./tools.mjs').Tools} tools
 * @param {{ maven: string | null, go: string | null, redisCheck: string | null, needed: string[], javaPackage: string }} options
 *   `redisCheck`: redis-check-rdb, which only needs the link; `needed`: the tools that this start uses; `javaPackage`: the JRE that this release of Debian offers
 * @returns {Packages}
 */
export function missingPackages(tools, { maven, go, redisCheck, needed, javaPackage }) {
  const lacks = (tool) => needed.includes(tool) && tools[tool] === null;
  const install = [];
  if (lacks('mariadbd') || lacks('mariadbInstallDb')) install.push('mariadb-server-core', 'mariadb-client-core');
  if (lacks('redisServer') && redisCheck === null) install.push('redis-tools');
  if (lacks('java')) install.push(javaPackage);
  if (lacks('kafkaJars') && maven === null) install.push('maven');
  // Debian has no package of Toxiproxy; Go builds it.
  if (lacks('toxiproxy') && go === null) install.push('golang-go');
  if (lacks('faketime')) install.push('libfaketime');
  for (const name of TEST_TOOLS) if (lacks(name)) install.push(name);
  // These themselves need only libraries that those, or Debian's essential packages, bring along.
  const unpack = ['nginx', 'prometheus'].filter(lacks);
  return { install, unpack, linkRedis: lacks('redisServer') };
}

/** Best first; what a release does not have, apt does not know. */
export const JAVA_PACKAGES = [
  'openjdk-21-jre-headless',
  'openjdk-17-jre-headless',
  'openjdk-25-jre-headless',
  'default-jre-headless',
];

/**
 * The names of the packages that `apt-get install --simulate` would install.
 * @param {string} simulation what it printed
 */
export function simulatedInstalls(simulation) {
  return [...simulation.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
}
