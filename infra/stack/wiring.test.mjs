import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_USER, accountStatements, mariadbConfig } from '../services/mariadb.mjs';
import { aclLines } from '../services/redis.mjs';
import { accountsOf } from './accounts.mjs';
import { ACCOUNT_NAMES, APPS, appEnv } from './apps.mjs';
import { SOCKET_PATH_MAX_BYTES, socketFolder, stackFolders } from './folder.mjs';
import { keysOf, thumbprint } from './keys.mjs';
import { defaultPorts } from './ports.mjs';
import { externalWiring, localWiring } from './wiring.mjs';

let folder;
let keys;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagedoor-test-'));
  keys = keysOf(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

describe('keys', () => {
  test("the thumbprint is RFC 7638's own example", () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
      'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(thumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });

  test('are made once, fit together, and are for the owner only', () => {
    expect(keysOf(folder)).toEqual(keys);
    for (const [file, kty, alg] of [
      [keys.fanPublicKeysFile, 'RSA', 'RS256'],
      [keys.admissionPublicKeysFile, 'OKP', 'EdDSA'],
    ]) {
      const [jwk] = read(file).keys;
      expect(jwk).toMatchObject({ kty, alg, use: 'sig', kid: thumbprint(jwk) });
      expect(jwk).not.toHaveProperty('d');
    }
    const publicHalf = createPublicKey(readFileSync(keys.admissionPrivateKeyFile)).export({ format: 'jwk' });
    expect(read(keys.admissionPublicKeysFile).keys[0].x).toBe(publicHalf.x);
    expect(statSync(keys.fanPrivateKeyFile).mode & 0o777).toBe(0o600);
    expect(keys.queueTicketSecret.length).toBeGreaterThanOrEqual(32);
  });
});

describe("an app's environment", () => {
  const ports = defaultPorts({});
  const names = ACCOUNT_NAMES;

  test('names its own database and its own part of Redis, and nobody else’s secrets', () => {
    const accounts = accountsOf(join(folder, 'secrets'), names);
    const wiring = localWiring({ accounts, ports, keys });
    const [queue, reservation, payment, result] = APPS.map((app) => appEnv(app, wiring, ports[app.name]));
    expect(queue).toMatchObject({
      PORT: '3001',
      REDIS_PREFIX: 'queue:',
      KAFKA_BROKERS: '127.0.0.1:9092',
      AUTH_MODE: 'dev',
    });
    expect(queue.MYSQL_URL).toMatch(/^mysql:\/\/queue:[\w-]{32}@127\.0\.0\.1:3307\/queue$/);
    expect(reservation).toMatchObject({ SAMPLE_CONCERT: 'true', REDIS_PREFIX: 'reservation:' });
    for (const env of [reservation, payment, result]) {
      expect(env).not.toHaveProperty('ADMISSION_PRIVATE_KEY_FILE');
      expect(env).not.toHaveProperty('AUTH_DEV_PRIVATE_KEY_FILE');
      expect(env).not.toHaveProperty('QUEUE_TICKET_SECRET');
    }
    expect(payment).not.toHaveProperty('REDIS_URL');
    expect(JSON.stringify([queue, reservation, payment, result])).not.toContain(ADMIN_USER.concat(':'));
  });

  test('INFRA=external takes addresses from outside, and names all that are missing', () => {
    expect(() => externalWiring({ env: { QUEUE_MYSQL_URL: 'mysql://q@db/queue' }, names, keys })).toThrow(
      'INFRA=external needs RESERVATION_MYSQL_URL, PAYMENT_MYSQL_URL, RESULT_MYSQL_URL, QUEUE_REDIS_URL, RESERVATION_REDIS_URL, KAFKA_BROKERS.',
    );
    const env = {
      KAFKA_BROKERS: 'b1:9093',
      KAFKA_SSL: 'true',
      QUEUE_REDIS_URL: 'rediss://r',
      RESERVATION_REDIS_URL: 'rediss://r',
    };
    for (const name of names.databases) env[`${name.toUpperCase()}_MYSQL_URL`] = `mysql://${name}@db/${name}?ssl=true`;
    const wiring = externalWiring({ env, names, keys });
    expect(wiring.mysqlUrl('payment')).toBe('mysql://payment@db/payment?ssl=true');
    expect(wiring.kafka('payment-worker')).toEqual({ KAFKA_BROKERS: 'b1:9093', KAFKA_SSL: 'true' });
  });
});

describe('users', () => {
  test('each gets its own schema alone, one statement a line', () => {
    const text = accountStatements({ adminPassword: 'x', databases: [{ name: 'queue', password: 'y' }] });
    expect(text.split('\n').filter((line) => line.includes("'queue'@'%'"))).toEqual([
      "CREATE USER IF NOT EXISTS 'queue'@'%' IDENTIFIED BY 'y';",
      "ALTER USER 'queue'@'%' IDENTIFIED BY 'y';",
      "GRANT ALL PRIVILEGES ON `queue`.* TO 'queue'@'%';",
    ]);
  });

  test('of Redis are limited to their prefix, and cannot look around', () => {
    const [, , line] = aclLines({ adminPassword: 'x', users: [{ name: 'queue', password: 'y' }] });
    expect(line).toMatch(/^user queue on >y ~queue:\* &queue:\* .*-@dangerous.*-scan/);
  });
});

describe('folders', () => {
  test("a socket's path is short, however deep the repository lies", () => {
    const deep = `/${'a-very-long-name/'.repeat(12)}`;
    const path = join(socketFolder(deep, `/tmp/${'x'.repeat(90)}`), 'mariadb.sock');
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(SOCKET_PATH_MAX_BYTES);
    expect(socketFolder(deep)).not.toBe(socketFolder('/other'));
  });

  test('the main stack lies in the home itself, the others beside each other', () => {
    const env = { STAGEDOOR_HOME: '/home' };
    expect(stackFolders('main', env).data).toBe('/home/data');
    expect(stackFolders('test-1', env).data).toBe('/home/stacks/test-1/data');
  });

  test('a path may hold what an option file would otherwise take as a comment', () => {
    const config = mariadbConfig({
      dataFolder: '/home/a "fan" #1/data',
      socket: '/tmp/s',
      port: 3307,
      initFile: '/i',
      user: 'fan',
      durable: true,
    });
    expect(config).toContain('datadir="/home/a \\"fan\\" #1/data"');
    expect(config).toContain('tmpdir="/home/a \\"fan\\" #1/data"');
    expect(config).toContain('innodb_flush_log_at_trx_commit=1');
  });
});
