/** The programs that a stack runs, found where they are; nothing is installed here. */
import { isComplete } from './complete-folder.mjs';
import { findFaketime } from './faketime.mjs';
import { findProgram, isProgram } from './find-program.mjs';
import { findJava } from './java.mjs';
import { kafkaJarsFolder } from './kafka-jars.mjs';
import { findPrometheus } from './prometheus.mjs';
import { toxiproxyInCache } from './toxiproxy.mjs';
import { nginxInCache, redisInCache } from './unpack.mjs';

/**
 * @typedef {object} Tools absolute paths; null where there is none
 * @property {string | null} mariadbd
 * @property {string | null} mariadbInstallDb
 * @property {string | null} redisServer
 * @property {string | null} nginx
 * @property {string | null} java
 * @property {string | null} kafkaJars the folder, once it is complete
 * @property {string | null} kcat
 * @property {string | null} curl
 * @property {string | null} toxiproxy
 * @property {string | null} prometheus with promtool beside it
 * @property {string | null} faketime the library that a process is started with
 */

/** What each kind of infrastructure needs on this machine. */
export const NATIVE_TOOLS = ['mariadbd', 'mariadbInstallDb', 'redisServer', 'nginx', 'java', 'kafkaJars'];
export const EDGE_TOOLS = ['nginx'];
/** What the tests need besides: a producer that is not ours, and what the README's walk is made of. */
export const TEST_TOOLS = ['kcat', 'curl'];
/** What chaos needs besides: connections that break, clocks that jump. */
export const FAULT_TOOLS = ['toxiproxy', 'faketime'];
/** What the tests of alerts and dashboards need besides. */
export const OBSERVABILITY_TOOLS = ['prometheus'];

let java = null;

/** Asking each java for its version takes a moment; one that was found stays. */
function knownJava() {
  java ??= findJava();
  return java;
}

/** @returns {Tools} */
export function findTools() {
  const jars = kafkaJarsFolder();
  return {
    mariadbd: findProgram('mariadbd'),
    mariadbInstallDb: findProgram('mariadb-install-db'),
    redisServer: findProgram('redis-server') ?? ifProgram(redisInCache()),
    nginx: findProgram('nginx') ?? ifProgram(nginxInCache()),
    java: knownJava(),
    kafkaJars: isComplete(jars) ? jars : null,
    kcat: findProgram('kcat'),
    curl: findProgram('curl'),
    toxiproxy: ifProgram(toxiproxyInCache()),
    prometheus: findPrometheus('promtool') === null ? null : findPrometheus('prometheus'),
    faketime: findFaketime(),
  };
}

/** @param {string[]} needed @returns {string[]} */
export function missingTools(needed) {
  const tools = findTools();
  return needed.filter((name) => tools[name] === null);
}

const ifProgram = (file) => (isProgram(file) ? file : null);
