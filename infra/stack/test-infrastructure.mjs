/** The infrastructure that tests run on: its own ports, its own data, thrown away at the end. */

import { adminUrls } from './accounts.mjs';
import { openBase } from './base.mjs';
import { INFRASTRUCTURE } from './infrastructure.mjs';
import { freePorts } from './ports.mjs';

/**
 * @param {{ name: string, report: import('./report.mjs').Report, signal?: AbortSignal }} settings
 * @returns the base of the stack and what tests find in their environment
 */
export async function startTestInfrastructure({ name, report, signal }) {
  const ports = await freePorts();
  // Tests make databases and users of their own, with names of their own.
  const names = { databases: [], redisUsers: [] };
  const portNames = [...INFRASTRUCTURE, 'kafka-controller'];
  const base = await openBase({
    name,
    ports,
    portNames,
    disposable: true,
    durable: false,
    infrastructure: 'native',
    names,
    report,
    signal,
  });
  try {
    await base.startInfrastructure();
  } catch (error) {
    await base.stop();
    throw error;
  }
  const urls = adminUrls(base.accounts, ports);
  return {
    ...base,
    env: { TEST_MYSQL_URL: urls.mysqlUrl, TEST_REDIS_URL: urls.redisUrl, TEST_KAFKA_BROKERS: urls.kafkaBrokers },
  };
}
