import { parseConfig } from '@stagedoor/platform';
import {
  eventually,
  type TestDatabase,
  type TestKeys,
  testDatabase,
  testKafka,
  testKeys,
  testRedis,
} from '@stagedoor/testkit';
import { buildApp } from '../../src/app.ts';
import { configSchema } from '../../src/config.ts';

export type App = ReturnType<typeof buildApp>;

/** Everything that apps of one test file share: a database, Redis, Kafka under names of its own, and keys. */
export interface Stage {
  database: TestDatabase;
  kafka: ReturnType<typeof testKafka>;
  redis: ReturnType<typeof testRedis>;
  keys: TestKeys;
  /** Builds an app over them; `env` are further variables. It is not started, but answers `server.inject`. */
  app(env?: Record<string, string>): App;
  /** Closes the apps that were built, and drops what was made. */
  strike(): Promise<void>;
}

/** Sets a stage; apps built on it are replicas of one installation. */
export async function setStage(): Promise<Stage> {
  const database = await testDatabase('reservation-service');
  const kafka = testKafka();
  const redis = testRedis();
  const keys = testKeys();
  const apps: App[] = [];
  return {
    database,
    kafka,
    redis,
    keys,
    app(env = {}) {
      const variables = {
        NODE_ENV: 'test',
        PORT: '0',
        FAN_MAX_REQUESTS_PER_SECOND: '0',
        LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
        MYSQL_URL: database.url,
        REDIS_URL: redis.url,
        REDIS_PREFIX: redis.prefix,
        KAFKA_BROKERS: kafka.brokers,
        KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
        KAFKA_GROUP_PREFIX: kafka.groupPrefix,
        ...keys.env,
        ...env,
      };
      const built = buildApp(parseConfig(configSchema, variables, { app: 'reservation-service' }));
      let closed: Promise<void> | undefined;
      const app = {
        ...built,
        close() {
          closed ??= built.close();
          return closed;
        },
      };
      apps.push(app);
      return app;
    },
    async strike() {
      for (const app of apps) await app.close();
      await kafka.drop();
      await redis.clear();
      await database.drop();
      keys.remove();
    },
  };
}

/** As the testkit's eventually, for a check that answers false until there is something to answer. */
export async function untilThere<T>(check: () => T | false | Promise<T | false>): Promise<T> {
  return (await eventually(check)) as T;
}
