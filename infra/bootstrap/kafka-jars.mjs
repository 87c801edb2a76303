/** The broker's jars, by Maven, once per version of the pom. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, repositoryRoot } from '../stack/folder.mjs';
import { runCommand } from '../stack/run-command.mjs';
import { fillFolder, isComplete } from './complete-folder.mjs';

const pom = join(repositoryRoot, 'infra/kafka/pom.xml');

/** Named by the pom's content: another version is another folder. */
export function kafkaJarsFolder(cache = cacheFolder()) {
  return join(cache, `kafka-${createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)}`);
}

/**
 * @param {{ maven: string, java: string }} tools
 * @param {{ cache?: string, run?: typeof runCommand, signal?: AbortSignal }} [options]
 */
export async function downloadKafkaJars({ maven, java }, { cache = cacheFolder(), run = runCommand, signal } = {}) {
  const folder = kafkaJarsFolder(cache);
  if (isComplete(folder)) return;
  // A repository of our own: nothing is left in the user's home, and what an interrupted download got is used again.
  const repository = join(cache, 'maven');
  await fillFolder(folder, async (partial) => {
    const settings = [`-Dmaven.repo.local=${repository}`, `-DoutputDirectory=${partial}`];
    await run(maven, ['-B', '-ntp', '-q', '-f', pom, 'dependency:copy-dependencies', ...settings], {
      env: { JAVA_HOME: dirname(dirname(realpathSync(java))) },
      signal,
    });
    const jars = readdirSync(partial);
    for (const needed of ['kafka_2.13-', 'kafka-tools-', 'slf4j-simple-']) {
      if (!jars.some((jar) => jar.startsWith(needed))) {
        throw new Error(`Maven ended well, but ${needed}*.jar is missing.`);
      }
    }
  });
  rmSync(repository, { recursive: true, force: true });
}
