/** Users of the databases and of Redis, with passwords that are generated once per stack. */
import { ADMIN_USER } from '../services/mariadb.mjs';
import { secret } from './secrets.mjs';

/** @typedef {ReturnType<typeof accountsOf>} Accounts */

/**
 * @param {string} secretsFolder
 * @param {{ databases: string[], redisUsers: string[] }} names
 */
export function accountsOf(secretsFolder, { databases, redisUsers }) {
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
  };
}

/** The URLs of those who may do everything: for tests, for looking around, never for an app. */
export function adminUrls(accounts, ports) {
  return {
    mysqlUrl: `mysql://${ADMIN_USER}:${accounts.mariadb.adminPassword}@127.0.0.1:${ports.mariadb}/`,
    redisUrl: `redis://${ADMIN_USER}:${accounts.redis.adminPassword}@127.0.0.1:${ports.redis}`,
    kafkaBrokers: `127.0.0.1:${ports.kafka}`,
  };
}
