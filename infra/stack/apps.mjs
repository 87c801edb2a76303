/** The apps as data: what each is called, what it owns, and what it finds in its environment. */
import { ADMIN_USER, BROKER_USER, TOPICS_USER } from '../services/kafka-security.mjs';

/**
 * @typedef {object} Wiring what an app's environment is built from
 * @property {(database: string) => string} mysqlUrl
 * @property {(user: string) => Record<string, string>} redis REDIS_URL and what belongs to it
 * @property {(user: string) => Record<string, string>} kafka KAFKA_*; `user`: the app's own name
 * @property {ReturnType<typeof import('./keys.mjs').keysOf>} keys
 */

/**
 * @typedef {object} App
 * @property {import('./index.d.mts').AppName} name its folder below apps/, its key in PORTS
 * @property {string} database also the name of its user
 * @property {string | null} redisUser also the prefix of its keys
 * @property {number} inspectPort of `npm run dev`
 * @property {(wiring: Wiring) => Record<string, string>} env what only this app gets
 */

/** @type {App[]} */
export const APPS = [
  {
    name: 'queue-gateway',
    database: 'queue',
    redisUser: 'queue',
    inspectPort: 9301,
    env: ({ keys }) => ({
      ...fanTokens(keys),
      AUTH_DEV_PRIVATE_KEY_FILE: keys.fanPrivateKeyFile,
      ADMISSION_PRIVATE_KEY_FILE: keys.admissionPrivateKeyFile,
      ADMISSION_PUBLIC_KEYS_FILE: keys.admissionPublicKeysFile,
      QUEUE_TICKET_SECRET: keys.queueTicketSecret,
    }),
  },
  {
    name: 'reservation-service',
    database: 'reservation',
    redisUser: 'reservation',
    inspectPort: 9302,
    env: ({ keys }) => ({
      ...fanTokens(keys),
      ADMISSION_PUBLIC_KEYS_FILE: keys.admissionPublicKeysFile,
      SAMPLE_CONCERT: 'true',
    }),
  },
  {
    name: 'payment-worker',
    database: 'payment',
    redisUser: null,
    inspectPort: 9303,
    env: ({ keys }) => fanTokens(keys),
  },
  {
    name: 'result-worker',
    database: 'result',
    redisUser: null,
    inspectPort: 9304,
    env: ({ keys }) => fanTokens(keys),
  },
];

export const APP_NAMES = APPS.map(({ name }) => name);

/** Users of the databases and of Redis that a stack with these apps needs. */
export const ACCOUNT_NAMES = {
  databases: APPS.map(({ database }) => database),
  redisUsers: APPS.flatMap(({ redisUser }) => (redisUser ? [redisUser] : [])),
};

/** Users of a broker that asks who one is: each app, and those who prepare it. */
export const KAFKA_USERS = [...APP_NAMES, BROKER_USER, ADMIN_USER, TOPICS_USER];

function fanTokens(keys) {
  return { AUTH_MODE: 'dev', AUTH_ISSUER: 'stagedoor-dev', AUTH_PUBLIC_KEYS_FILE: keys.fanPublicKeysFile };
}

/**
 * The environment of one app: what its config.ts reads, without what is left to its defaults.
 * @param {App} app @param {Wiring} wiring @param {number} port
 * @returns {Record<string, string>}
 */
export function appEnv(app, wiring, port) {
  return {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: String(port),
    // The launcher puts the name before each line, and reads the JSON.
    LOG_PRETTY: 'false',
    MYSQL_URL: wiring.mysqlUrl(app.database),
    ...(app.redisUser ? { ...wiring.redis(app.redisUser), REDIS_PREFIX: `${app.redisUser}:` } : {}),
    ...wiring.kafka(app.name),
    ...app.env(wiring),
  };
}
