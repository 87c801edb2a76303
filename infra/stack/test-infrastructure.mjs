/** The infrastructure that tests run on: its own ports, its own data, thrown away at the end. */
import { adminUrls } from './accounts.mjs';
import { openBase } from './base.mjs';
import { INFRASTRUCTURE } from './infrastructure.mjs';
import { freePorts } from './ports.mjs';

/** What somebody gives is used, and not started here. */
const GIVEN_BY = {
  mariadb: ['TEST_MYSQL_URL', 'MYSQL_URL'],
  redis: ['TEST_REDIS_URL'],
  kafka: ['TEST_KAFKA_BROKERS'],
};

/**
 * What is given from outside, and what remains to be started.
 * @param {NodeJS.ProcessEnv} env
 */
export function givenServices(env) {
  /** @type {Record<string, string>} */
  const given = {};
  for (const [service, names] of Object.entries(GIVEN_BY)) {
    const name = names.find((candidate) => env[candidate]);
    if (name) given[service] = env[name];
  }
  return { given, toStart: INFRASTRUCTURE.filter((service) => !(service in given)) };
}

/**
 * @param {{ name: string, report: import('./report.mjs').Report, signal?: AbortSignal,
 *   killSignal?: AbortSignal, infrastructure: import('../bootstrap/platform.mjs').Infrastructure, env?: NodeJS.ProcessEnv }} settings
 * @returns the base of the stack and what tests find in their environment
 */
export async function startTestInfrastructure({ name, report, signal, killSignal, infrastructure, env = process.env }) {
  const { given, toStart } = givenServices(env);
  if (infrastructure === 'external' && toStart.length > 0) {
    throw new Error(`INFRA=external needs ${toStart.map((service) => GIVEN_BY[service][0]).join(', ')} for the tests.`);
  }
  const ports = await freePorts();
  const base = await openBase({
    name,
    ports,
    portNames: [...toStart, 'kafka-controller'],
    disposable: true,
    durable: false,
    infrastructure,
    services: toStart,
    // Tests make databases and users of their own, with names of their own.
    names: { databases: [], redisUsers: [] },
    report,
    signal,
    killSignal,
  });
  try {
    await base.startInfrastructure();
  } catch (error) {
    await base.stop();
    throw error;
  }
  const urls = adminUrls(base.accounts, ports, null);
  return {
    ...base,
    env: {
      TEST_MYSQL_URL: given.mariadb ?? urls.mysqlUrl,
      TEST_REDIS_URL: given.redis ?? urls.redisUrl,
      TEST_KAFKA_BROKERS: given.kafka ?? urls.kafkaBrokers,
    },
  };
}
