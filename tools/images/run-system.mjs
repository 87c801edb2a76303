/** Brings docker-compose.yml up, buys seats in it, scales it, stops it and starts it again. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { APP_NAMES } from '../../infra/stack/apps.mjs';
import { waitUntil } from '../../infra/stack/wait-until.mjs';
import { expect } from './image-checks.mjs';
import { systemOf } from './system-checks.mjs';

const TOPIC = 'payment-requests';
const TOPIC_PARTITIONS = 10;
const REPLICAS = 3;
const SHARED_TIMEOUT_MS = 60_000;

/**
 * @param {{ engine: import('./engine.mjs').Engine, section: () => ReturnType<ReturnType<typeof import('../fresh/steps.mjs').createSteps>['section']>,
 *   ports: import('../../infra/stack/ports.mjs').Ports, secure: boolean, figures: object[] }} settings
 */
export async function runSystem({ engine, section, ports, secure, figures }) {
  const steps = section();
  const system = systemOf({ engine, ports, secure });
  try {
    await steps.run(
      'docker compose up: all healthy',
      async () => {
        const begin = performance.now();
        await system.up();
        return `${((performance.now() - begin) / 1000).toFixed(1)} s from nothing`;
      },
      { blocks: true },
    );
    await steps.run('a seat is bought through the edge, and given back', () => system.buySeat());
    if (secure) await checkSecurity({ system, steps, ports });
    else await checkOperation({ system, steps, ports, figures });
  } finally {
    // Also when the others were not run.
    await section().run('docker compose down --volumes: nothing is left', async () => {
      await system.compose('down', '--volumes', '--remove-orphans');
      const left = await engine.podman(['ps', '--all', '--quiet']);
      const volumes = await engine.podman(['volume', 'ls', '--quiet']);
      expect(left.trim() === '' && volumes.trim() === '', `left: ${left} ${volumes}`);
    });
  }
}

async function checkOperation({ system, steps, ports, figures }) {
  await steps.run('each app runs confined', async () => {
    for (const app of APP_NAMES) await system.checkConfinement(app);
    return 'Node is process 1, user 1000, no capabilities, read-only root';
  });
  await steps.run('start times and memory', async () => {
    const [times, memory] = [await system.startTimes(), await system.memory()];
    figures.push({ what: 'container start until it listens', values: mapped(times, (ms) => `${ms} ms`) });
    figures.push({
      what: 'resident memory after one purchase',
      values: mapped(memory, (bytes) => `${Math.round(bytes / 1e6)} MB`),
    });
  });
  await steps.run('Kafka is reached from this machine, and tells it where to go', async () => {
    const args = ['-L', '-J', '-b', `localhost:${ports.kafka}`];
    const { stdout } = await promisify(execFile)('kcat', args, { timeout: 30_000 });
    const { brokers, topics } = JSON.parse(stdout);
    expect(brokers[0].name === `localhost:${ports.kafka}`, `it says ${brokers[0].name}`);
    return `${topics.filter(({ topic }) => !topic.startsWith('__')).length} topics`;
  });
  await steps.run(`--scale payment-worker=${REPLICAS}: the partitions are shared`, async () => {
    await system.up('--no-recreate', '--scale', `payment-worker=${REPLICAS}`);
    let shares = [];
    const shared = await waitUntil(
      async () => {
        shares = await system.partitionsOf('payment-worker', TOPIC);
        return shares.length === REPLICAS && shares.every(({ length }) => length > 0);
      },
      { timeoutMs: SHARED_TIMEOUT_MS, intervalMs: 1_000 },
    );
    expect(shared, `of ${TOPIC_PARTITIONS} partitions: ${JSON.stringify(shares)}`);
    await system.buySeat();
    return `a seat bought among three: ${shares.map(({ length }) => length).join(' + ')} partitions seen`;
  });
  await steps.run('scaled back to one, a seat is bought', async () => {
    await system.up('--no-recreate', '--scale', 'payment-worker=1');
    await system.buySeat();
  });
  for (const app of APP_NAMES) await steps.run(`${app}: SIGTERM ends it in order`, () => system.checkStop(app));
  await steps.run('down, and up again: the data and the keys are the same', async () => {
    await system.up();
    await system.compose('down');
    const begin = performance.now();
    await system.up();
    const took = `${((performance.now() - begin) / 1000).toFixed(1)} s`;
    await system.buySeat();
    const concerts = await (await fetch(`http://localhost:${ports.edge}/v1/concerts`)).json();
    const sample = concerts.items.length;
    return `${took}; ${sample} concert, published once`;
  });
}

async function checkSecurity({ system, steps, ports }) {
  await steps.run('without TLS and a login nothing is answered', async () => {
    const kcat = (...args) =>
      promisify(execFile)('kcat', ['-L', '-b', `localhost:${ports.kafka}`, ...args], { timeout: 20_000 });
    const refused = await kcat('-m', '5').then(
      () => false,
      () => true,
    );
    expect(refused, 'Kafka answers anybody');
    const redis = await system.inside('redis', ['sh', '-c', 'redis-cli ping 2>&1 || true']);
    expect(!/PONG|NOAUTH/.test(redis), `Redis says ${redis}`);
    const sql = 'mysql --host=127.0.0.1 --user=queue --ssl-mode=DISABLED --execute="SELECT 1" 2>&1 || true';
    const mysql = await system.inside('mysql', ['sh', '-c', sql]);
    expect(/denied|secure/i.test(mysql), `MySQL says ${mysql}`);
  });
}

const mapped = (values, change) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
