/** `npm run kafka`: the Kafka distribution's own programs, out of the jars that the broker of `npm start` runs on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { isComplete } from '../../infra/bootstrap/complete-folder.mjs';
import { findJava } from '../../infra/bootstrap/java.mjs';
import { kafkaJarsFolder } from '../../infra/bootstrap/kafka-jars.mjs';
import { homeFolder } from '../../infra/stack/folder.mjs';
import { commandOf, HELP } from './command.mjs';

const COULD_NOT_RUN = 2;
// Small programs that end soon: what makes a server fast makes them slow.
const JAVA_OPTIONS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const LOGGING = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];

function brokers() {
  if (process.env.KAFKA_BROKERS) return process.env.KAFKA_BROKERS;
  const file = join(homeFolder(), 'env/result-worker.env');
  if (!existsSync(file)) throw new Error('No system runs here (npm start), and KAFKA_BROKERS is not set.');
  return parseEnv(readFileSync(file, 'utf8')).KAFKA_BROKERS;
}

try {
  const command = commandOf(process.argv.slice(2), brokers);
  if (command.help) {
    console.log(HELP);
  } else {
    const [java, jars] = [findJava(), kafkaJarsFolder()];
    if (java === null || !isComplete(jars)) throw new Error("The broker's jars are not here: npm start gets them.");
    const child = spawn(java, [...JAVA_OPTIONS, ...LOGGING, '-cp', join(jars, '*'), ...command.args], {
      stdio: 'inherit',
    });
    // A terminal tells the program as well: here is only to wait for it.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    const [code] = await once(child, 'exit');
    process.exitCode = code ?? COULD_NOT_RUN;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = COULD_NOT_RUN;
}
