/** Where an app finds its database, its Redis and the broker: in this stack, or at addresses given from outside. */

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

/** @returns {import('./apps.mjs').Wiring} */
export function localWiring({ accounts, ports, keys }) {
  const passwordOf = (list, name) => list.find((account) => account.name === name).password;
  return {
    mysqlUrl: (name) =>
      `mysql://${name}:${passwordOf(accounts.mariadb.databases, name)}@127.0.0.1:${ports.mariadb}/${name}`,
    redisUrl: (name) => `redis://${name}:${passwordOf(accounts.redis.users, name)}@127.0.0.1:${ports.redis}`,
    kafka: { KAFKA_BROKERS: `127.0.0.1:${ports.kafka}` },
    keys,
  };
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
    redisUrl: (name) => env[redisVariable(name)],
    kafka: Object.fromEntries(KAFKA_VARIABLES.filter((name) => env[name]).map((name) => [name, env[name]])),
    keys,
  };
}
