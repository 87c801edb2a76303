import { connect } from 'node:net';
import { createConnection } from 'mariadb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startStack } from '../stack/index.mjs';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stack;
beforeAll(async () => {
  stack = await startStack({ only: [], prepare: false, edge: false, durable: false });
});
afterAll(() => stack?.stop());

async function withDatabase(url, work) {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: pathname.slice(1) || undefined,
  });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

describe('the database users', () => {
  const apps = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'];

  test.each(apps)('%s sees its own schema and no other', async (app) => {
    await withDatabase(stack.env(app).MYSQL_URL, async (connection) => {
      const schemas = (await connection.query('SHOW DATABASES')).map((row) => row.Database);
      const own = new URL(stack.env(app).MYSQL_URL).pathname.slice(1);
      expect(schemas.filter((name) => name !== 'information_schema')).toEqual([own]);
      for (const other of ['queue', 'reservation', 'payment', 'result', 'mysql'].filter((name) => name !== own)) {
        await expect(connection.query(`USE \`${other}\``)).rejects.toMatchObject({ code: 'ER_DBACCESS_DENIED_ERROR' });
      }
      await connection.query('CREATE TABLE own (id INT PRIMARY KEY)');
      await connection.query('DROP TABLE own');
    });
  });

  test('nobody comes in without a password', async () => {
    for (const user of ['root', '', 'queue']) {
      const url = `mysql://${user || 'anonymous'}@127.0.0.1:${stack.ports.mariadb}/`;
      await expect(withDatabase(url, (connection) => connection.query('SELECT 1'))).rejects.toMatchObject({
        code: 'ER_ACCESS_DENIED_ERROR',
      });
    }
  });

  test('the server keeps time in UTC, text in utf8mb4, and commits durably only where it is asked to', async () => {
    const [row] = await withDatabase(stack.admin.mysqlUrl, (connection) =>
      connection.query(
        'SELECT @@time_zone AS zone, @@tx_isolation AS isolation, @@character_set_server AS text, @@log_bin AS log',
      ),
    );
    expect(row).toMatchObject({ zone: '+00:00', isolation: 'READ-COMMITTED', text: 'utf8mb4', log: 0n });
  });
});

describe('the Redis users', () => {
  /** Sends commands one after the other and answers with what came back. */
  function redis(url, ...commands) {
    const { port, username, password } = new URL(url);
    const all = [...(username ? [`AUTH ${username} ${password}`] : []), ...commands, 'QUIT'];
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1');
      let answer = '';
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer.split('\r\n').slice(username ? 1 : 0)));
      socket.write(`${all.join('\r\n')}\r\n`);
    });
  }

  test('each has its own prefix and no other', async () => {
    const queue = stack.env('queue-gateway').REDIS_URL;
    const reservation = stack.env('reservation-service').REDIS_URL;
    expect((await redis(queue, 'SET queue:{1}:a 1', 'GET queue:{1}:a'))[0]).toBe('+OK');
    expect((await redis(reservation, 'GET queue:{1}:a'))[0]).toMatch(/^-NOPERM/);
    expect((await redis(reservation, 'PUBLISH queue:news 1'))[0]).toMatch(/^-NOPERM/);
    const script = `EVAL "return redis.call('GET','queue:{1}:a')" 0`;
    expect((await redis(reservation, script))[0]).toMatch(/^-ERR The user executing the script can't access/);
    for (const command of ['FLUSHALL', 'KEYS *', 'SCAN 0', 'CONFIG GET requirepass', 'ACL LIST']) {
      expect((await redis(reservation, command))[0]).toMatch(/^-NOPERM/);
    }
  });

  test('nobody comes in without a password', async () => {
    expect((await redis(`redis://127.0.0.1:${stack.ports.redis}`, 'GET queue:{1}:a'))[0]).toMatch(/^-NOAUTH/);
  });
});
