import { allTopics, deadLetterTopic, topics } from '@stagedoor/contracts';
import { openDatabase, uuidv7Ids } from '@stagedoor/platform';
import {
  eventually,
  type TestDatabase,
  type TestKafka,
  type TestKeys,
  type TestRedis,
  testDatabase,
  testKafka,
  testKeys,
  testRedis,
} from '@stagedoor/testkit';
import { buildApp } from '../src/app.ts';
import { type Config, configSchema } from '../src/config.ts';

/** An infrastructure of a test's own, on which any number of replicas run. */
export interface World {
  readonly database: TestDatabase;
  readonly redis: TestRedis;
  readonly kafka: TestKafka;
  readonly keys: TestKeys;
  /** Starts one more replica. */
  replica(overrides?: Partial<Record<keyof Config, string>>): Promise<Replica>;
  /** Writes a waiting room straight into the database, as if its schedule had been heard of. */
  room(scheduleId: number, settings?: Partial<RoomRow>): Promise<void>;
  close(): Promise<void>;
}

/** What answers hold, all kinds together. */
export interface AnswerBody {
  state: string;
  position: number;
  ahead: number;
  etaSeconds: number | null;
  ticket: string;
  pollAfterMs: number;
  admissionToken: string;
  admissionExpiresAt: string;
  code: string;
  token: string;
  serving: number;
  inside: number;
  waiting: number;
  mode: string;
  keys: Record<string, unknown>[];
}

/** A running app. */
export interface Replica {
  readonly port: number;
  readonly app: ReturnType<typeof buildApp>;
  /** A request of a fan, as JSON. */
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface CallOptions {
  fan?: string;
  roles?: string[];
  body?: object;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  body: AnswerBody;
  headers: Headers;
}

interface RoomRow {
  mode: string;
  ratePerSecond: number;
  maxInside: number;
  opensAt: Date;
  salesEndAt: Date | null;
}

const MINUTE_MS = 60_000;

export async function world(): Promise<World> {
  const [database, redis, kafka, keys] = [await testDatabase('queue-gateway'), testRedis(), testKafka(), testKeys()];
  const dead = allTopics.filter(({ name }) => name === deadLetterTopic(topics.domainEvents.name));
  await kafka.createTopics([topics.domainEvents, ...dead]);
  const replicas = new Set<Replica>();
  const pool = openDatabase({ ...database.config, MYSQL_POOL_SIZE: 1 });

  return {
    database,
    redis,
    kafka,
    keys,

    async replica(overrides = {}) {
      const config = configSchema.parse({
        ...keys.env,
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        PORT: '0',
        FAN_MAX_REQUESTS_PER_SECOND: '0',
        LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
        MYSQL_URL: database.url,
        MYSQL_POOL_SIZE: '5',
        REDIS_URL: redis.url,
        REDIS_PREFIX: redis.prefix,
        KAFKA_BROKERS: kafka.brokers,
        KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
        KAFKA_GROUP_PREFIX: kafka.groupPrefix,
        ADMISSION_INTERVAL_MS: '20',
        POSITION_INTERVAL_MS: '50',
        REFRESH_INTERVAL_MS: '200',
        RECOVERY_MS: '0',
        SWEEP_INTERVAL_MS: '100',
        RECONCILE_INTERVAL_MS: '500',
        ...overrides,
      });
      const app = buildApp(config);
      const port = await app.start();
      const call: Replica['call'] = async (method, path, { fan, roles, body, headers = {} } = {}) => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, {
          method,
          headers: {
            ...(fan !== undefined && { authorization: keys.authorization(fan, roles) }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        const isJson = response.headers.get('content-type')?.includes('json') ?? false;
        return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
      };
      let closed: Promise<void> | undefined;
      const replica: Replica = {
        port,
        app,
        call,
        close() {
          replicas.delete(replica);
          closed ??= app.close();
          return closed;
        },
      };
      replicas.add(replica);
      return replica;
    },

    async room(scheduleId, settings = {}) {
      const room = {
        mode: 'queue',
        ratePerSecond: 1_000,
        maxInside: 1_000,
        opensAt: new Date(Date.now() - MINUTE_MS),
        salesEndAt: null,
        ...settings,
      };
      await pool.pool.query(
        `INSERT INTO rooms (schedule_id, mode, rate_per_second, max_inside, opens_at, sales_end_at, learned_at, seed,
           seed_hash, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), REPEAT('0', 64), REPEAT('f', 64), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
        [
          scheduleId,
          room.mode,
          room.ratePerSecond,
          room.maxInside,
          utc(room.opensAt),
          room.salesEndAt && utc(room.salesEndAt),
        ],
      );
      for (const replica of replicas) {
        await eventually(async () => {
          const { status } = await replica.call('GET', `/v1/admin/waiting-rooms/${scheduleId}`, {
            fan: 'op',
            roles: ['admin'],
          });
          if (status !== 200) throw new Error(`room ${scheduleId}: ${status}`);
        }, 5_000);
      }
    },

    async close() {
      await Promise.all([...replicas].map((replica) => replica.close()));
      await pool.close();
      await redis.clear();
      await kafka.drop();
      await database.drop();
      keys.remove();
    },
  };
}

const utc = (moment: Date): string => moment.toISOString().replace('T', ' ').replace('Z', '');

let lastSchedule = Math.floor(Math.random() * 1_000_000_000);

/** A schedule that no other test uses. */
export const newSchedule = (): number => ++lastSchedule;

/** A fan that no other test uses. */
export const newFan = (): string => `fan-${uuidv7Ids.next()}`;
