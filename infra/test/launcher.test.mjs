import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { socketFolder } from '../stack/folder.mjs';
import { createHome } from './fixtures/launcher-run.mjs';

// Each starts MariaDB, Redis, Kafka and nginx for real.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const UP = 'Stagedoor is up';
const EVERYTHING = [
  'edge',
  'kafka',
  'mariadb',
  'payment-worker',
  'queue-gateway',
  'redis',
  'reservation-service',
  'result-worker',
];

let home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const names = () =>
  home
    .running()
    .map(({ name }) => name)
    .sort();
const pidOf = (name) => home.running().find((process) => process.name === name)?.pid;
const get = async (path) => (await fetch(`${home.url}${path}`)).json();

describe('a launcher', () => {
  test('starts everything, refuses a second one, restarts what crashes, and leaves nothing on Ctrl-C', async () => {
    const first = home.launch();
    await first.printed(UP);
    expect(names()).toEqual(EVERYTHING);
    expect(await get('/v1/wallet')).toMatchObject({ app: 'payment-worker', url: '/v1/wallet' });

    const second = home.launch();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`Already running on ${home.home}: process ${first.child.pid}`);

    const crashed = pidOf('payment-worker');
    await fetch(`${home.url}/v1/wallet/crash`, { method: 'POST' });
    await first.printed('payment-worker ended (exit code 3); it starts again in 0.5 s');
    await first.printed('payment-worker is ready again.');
    expect(pidOf('payment-worker')).not.toBe(crashed);

    first.child.kill('SIGINT');
    expect(await first.exited).toBe(0);
    expect(names()).toEqual([]);
    expect(first.output()).toContain('Everything has stopped.');

    // Again, on the data of before, and without an app that somebody runs himself.
    const again = home.launch({ args: ['--without', 'result-worker'] });
    await again.printed(UP);
    expect(names()).toEqual(EVERYTHING.filter((name) => name !== 'result-worker'));
    again.child.kill('SIGHUP');
    expect(await again.exited).toBe(0);
    expect(names()).toEqual([]);
  });

  test('that was killed with -9 is cleaned up after by the next', async () => {
    const killed = home.launch();
    await killed.printed(UP);
    const before = home.running();
    killed.child.kill('SIGKILL');
    await killed.exited;
    expect(pidOf('kafka')).toBeDefined();

    const next = home.launch();
    await next.printed(UP);
    expect(next.output()).toMatch(/Stopped kafka \(process \d+\), left behind by a launcher that was killed/);
    const now = home.running();
    expect(now.map(({ name }) => name).sort()).toEqual(EVERYTHING);
    expect(now.filter(({ pid }) => before.some((old) => old.pid === pid))).toEqual([]);
    next.child.kill('SIGTERM');
    expect(await next.exited).toBe(0);
    expect(names()).toEqual([]);
  });

  test('can be stopped while it starts', async () => {
    const launcher = home.launch();
    await launcher.printed('starting mariadb, redis, kafka');
    launcher.child.kill('SIGTERM');
    expect(await launcher.exited).toBe(130);
    expect(names()).toEqual([]);
    // What it had only half made is made anew.
    const next = home.launch({ args: ['--infra-only'] });
    await next.printed('Infrastructure is up');
    next.child.kill('SIGINT');
    expect(await next.exited).toBe(0);
    expect(names()).toEqual([]);
  });

  test('kills everything at once on the second Ctrl-C', async () => {
    const launcher = home.launch();
    await launcher.printed(UP);
    // It does not hear SIGTERM any more: without the second Ctrl-C one would wait half a minute for it.
    process.kill(pidOf('queue-gateway'), 'SIGSTOP');
    launcher.child.kill('SIGINT');
    await launcher.printed('stopping queue-gateway');
    // The same Ctrl-C, passed on by npm, comes within half a second and is none.
    await vi.waitFor(() => expect(names()).not.toContain('result-worker'));
    const passedOn = performance.now();
    while (performance.now() - passedOn < 600) await new Promise((resolve) => setImmediate(resolve));
    launcher.child.kill('SIGINT');
    expect(await launcher.exited).toBe(130);
    await vi.waitFor(() => expect(names()).toEqual([]));
    expect(existsSync(socketFolder(home.home))).toBe(false);
  });

  test('names who has a port, and the variable that moves ours', async () => {
    const server = createServer();
    await new Promise((resolve) => server.listen(home.ports.redis, '127.0.0.1', resolve));
    const launcher = home.launch();
    expect(await launcher.exited).toBe(1);
    server.close();
    expect(launcher.output()).toContain(`Port ${home.ports.redis} (redis) is taken by process ${process.pid}`);
    expect(launcher.output()).toContain('REDIS_PORT=<another port>');
    expect(names()).toEqual([]);
  });
});
