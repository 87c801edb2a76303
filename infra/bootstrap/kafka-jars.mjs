/** The broker's jars, by Maven, once per version of the pom. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, repositoryRoot } from '../stack/folder.mjs';
import { fillFolder, isComplete } from './complete-folder.mjs';
import { runQuietly } from './run-quietly.mjs';

const pom = join(repositoryRoot, 'infra/kafka/pom.xml');

/** Named by the pom's content: another version is another folder. */
export function kafkaJarsFolder(cache = cacheFolder()) {
  return join(cache, `kafka-${createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)}`);
}

/**
 * @param {{ maven: string, java: string }} tools
 * @param {{ cache?: string, run?: typeof runQuietly }} [options]
 */
export async function downloadKafkaJars({ maven, java }, { cache = cacheFolder(), run = runQuietly } = {}) {
  const folder = kafkaJarsFolder(cache);
  if (isComplete(folder)) return;
  await fillFolder(folder, async (partial) => {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`];
    await run(maven, ['-B', '-ntp', '-q', '-f', pom, ...goal], { JAVA_HOME: dirname(dirname(java)) });
    const jars = readdirSync(partial);
    for (const needed of ['kafka_2.13-', 'kafka-tools-', 'slf4j-simple-']) {
      if (!jars.some((jar) => jar.startsWith(needed)))
        throw new Error(`Maven ended well, but ${needed}*.jar is missing.`);
    }
  });
}
