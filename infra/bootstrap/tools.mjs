/** The programs that a stack runs, found where they are; nothing is installed here. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../stack/folder.mjs';
import { isComplete } from './complete-folder.mjs';
import { findProgram } from './find-program.mjs';
import { findJava } from './java.mjs';
import { kafkaJarsFolder } from './kafka-jars.mjs';

/**
 * @typedef {object} Tools absolute paths; null where there is none
 * @property {string | null} mariadbd
 * @property {string | null} mariadbInstallDb
 * @property {string | null} redisServer
 * @property {string | null} nginx
 * @property {string | null} java
 * @property {string | null} kafkaJars the folder, once it is complete
 */

/** @returns {Tools} */
export function findTools() {
  const jars = kafkaJarsFolder();
  return {
    mariadbd: findProgram('mariadbd'),
    mariadbInstallDb: findProgram('mariadb-install-db'),
    redisServer: findProgram('redis-server') ?? inCache('bin/redis-server'),
    nginx: findProgram('nginx') ?? inCache('nginx/usr/sbin/nginx'),
    java: findJava(),
    kafkaJars: isComplete(jars) ? jars : null,
  };
}

function inCache(path) {
  const file = join(cacheFolder(), path);
  return existsSync(file) ? file : null;
}
