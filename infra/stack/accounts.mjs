/** Users of the databases and of Redis, with passwords that are generated once per stack. */
import { ADMIN_USER } from '../services/mariadb.mjs';
import { secret } from './secrets.mjs';

/** @typedef {ReturnType<typeof accountsOf>} Accounts */

/**
 * @param {string} secretsFolder
 * @param {{ databases: string[], redisUsers: string[], kafkaUsers?: string[] }} names `kafkaUsers`: where the broker asks
 *   who one is
 */
export function accountsOf(secretsFolder, { databases, redisUsers, kafkaUsers = [] }) {
  const password = (kind, name) => ({ name, password: secret(secretsFolder, `${kind}-${name}`) });
  return {
    mariadb: {
      adminPassword: secret(secretsFolder, `mysql-${ADMIN_USER}`),
      databases: databases.map((name) => password('mysql', name)),
    },
    redis: {
      adminPassword: secret(secretsFolder, `redis-${ADMIN_USER}`),
      users: redisUsers.map((name) => password('redis', name)),
    },
    kafka: kafkaUsers.map((name) => password('kafka', name)),
  };
}

/** @param {{ name: string, password: string }[]} users @param {string} name */
export const passwordOf = (users, name) => users.find((user) => user.name === name).password;

/**
 * The URLs of those who may do everything: for tests, for looking around, never for an app.
 * @param {Accounts} accounts @param {import('./ports.mjs').Ports} ports
 * @param {import('../services/certificates.mjs').Certificates | null} certificates
 */
export function adminUrls(accounts, ports, certificates) {
  const tls = certificates === null ? '' : `?ssl=true&ca=${encodeURIComponent(certificates.ca)}`;
  return {
    mysqlUrl: `mysql://${ADMIN_USER}:${accounts.mariadb.adminPassword}@127.0.0.1:${ports.mariadb}/${tls}`,
    redisUrl: `${certificates === null ? 'redis' : 'rediss'}://${ADMIN_USER}:${accounts.redis.adminPassword}@127.0.0.1:${ports.redis}`,
    kafkaBrokers: `127.0.0.1:${ports.kafka}`,
  };
}
