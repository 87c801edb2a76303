/** Where an app finds its database, its Redis and the broker: in this stack, or at addresses given from outside. */
import { loginEnvironment } from '../services/kafka-security.mjs';
import { passwordOf } from './accounts.mjs';

const KAFKA_VARIABLES = [
  'KAFKA_BROKERS',
  'KAFKA_TOPIC_PREFIX',
  'KAFKA_GROUP_PREFIX',
  'KAFKA_SSL',
  'KAFKA_SSL_CA_FILE',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
];

/**
 * Servers with passwords of our own making, by TLS and with a login to Kafka where there are certificates.
 * @param {{ accounts: import('./accounts.mjs').Accounts, addresses: { mysql: string, redis: string, kafka: string },
 *   mysqlOptions?: string, ca: string | null, keys: ReturnType<typeof import('./keys.mjs').keysOf> }} settings
 *   `addresses`: with port; `mysqlOptions`: of the URL; `ca`: the authority's file, as an app finds it
 * @returns {import('./apps.mjs').Wiring}
 */
export function ownWiring({ accounts, addresses, mysqlOptions = '', ca, keys }) {
  const options = ca === null ? mysqlOptions : `?ssl=true&ca=${encodeURIComponent(ca)}`;
  return {
    mysqlUrl: (name) =>
      `mysql://${name}:${passwordOf(accounts.mariadb.databases, name)}@${addresses.mysql}/${name}${options}`,
    redis: (name) => ({
      REDIS_URL: `${ca === null ? 'redis' : 'rediss'}://${name}:${passwordOf(accounts.redis.users, name)}@${addresses.redis}`,
      ...(ca === null ? {} : { REDIS_CA_FILE: ca }),
    }),
    kafka: (name) => ({
      KAFKA_BROKERS: addresses.kafka,
      ...(ca === null ? {} : loginEnvironment({ name, password: passwordOf(accounts.kafka, name), ca })),
    }),
    keys,
  };
}

/** The servers of a stack on this machine. @returns {import('./apps.mjs').Wiring} */
export function localWiring({ accounts, ports, keys, certificates = null }) {
  // A certificate's name is compared with that of the server: Node takes no address for one there.
  const host = certificates === null ? '127.0.0.1' : 'localhost';
  return ownWiring({
    accounts,
    addresses: {
      mysql: `${host}:${ports.mariadb}`,
      redis: `${host}:${ports.redis}`,
      kafka: `${host}:${ports.kafka}`,
    },
    ca: certificates?.ca ?? null,
    keys,
  });
}

export const mysqlVariable = (database) => `${database.toUpperCase()}_MYSQL_URL`;
export const redisVariable = (user) => `${user.toUpperCase()}_REDIS_URL`;

/**
 * INFRA=external: `QUEUE_MYSQL_URL`, `QUEUE_REDIS_URL` and so on, `KAFKA_BROKERS` with its companions.
 * @param {{ env: NodeJS.ProcessEnv, names: { databases: string[], redisUsers: string[] },
 *   keys: ReturnType<typeof import('./keys.mjs').keysOf> }} settings
 * @returns {import('./apps.mjs').Wiring}
 * @throws {Error} that names every variable which is missing
 */
export function externalWiring({ env, names, keys }) {
  const needed = [...names.databases.map(mysqlVariable), ...names.redisUsers.map(redisVariable), 'KAFKA_BROKERS'];
  const missing = needed.filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`INFRA=external needs ${missing.join(', ')}.`);
  return {
    mysqlUrl: (name) => env[mysqlVariable(name)],
    redis: (name) => ({ REDIS_URL: env[redisVariable(name)] }),
    kafka: () => Object.fromEntries(KAFKA_VARIABLES.filter((name) => env[name]).map((name) => [name, env[name]])),
    keys,
  };
}
