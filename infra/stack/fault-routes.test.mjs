import { expect, test } from 'vitest';
import { faultProxyConfig } from '../services/fault-proxy.mjs';
import { APPS } from './apps.mjs';
import { faultRoutes } from './fault-routes.mjs';

const ports = { edge: 1, mariadb: 2, redis: 3, kafka: 4, 'payment-worker': 5 };
const block = Array.from({ length: 40 }, (_, index) => 20_000 + index);
const faults = faultRoutes(APPS, ports, block);

test('each app has a way of its own to each server that it uses, and no port is given twice', () => {
  expect(faults.routes.map(({ name }) => name)).toEqual([
    'edge',
    ...['queue-gateway', 'reservation-service'].flatMap((app) => [`${app}-mariadb`, `${app}-redis`, `${app}-kafka`]),
    ...['payment-worker', 'result-worker'].flatMap((app) => [`${app}-mariadb`, `${app}-kafka`]),
  ]);
  const taken = [
    faults.apiPort,
    ...faults.routes.map(({ listen }) => listen),
    ...faults.kafkaListeners.map(({ bind }) => Number(bind.split(':')[1])),
  ];
  expect(new Set(taken).size).toBe(taken.length);
});

test('the broker tells an app to come back by its own way', () => {
  const route = faults.routes.find(({ name }) => name === 'payment-worker-kafka');
  const listener = faults.kafkaListeners.find(({ name }) => name === 'PAYMENT_WORKER');
  expect(listener).toEqual({
    name: 'PAYMENT_WORKER',
    bind: `127.0.0.1:${route.target}`,
    advertised: `127.0.0.1:${route.listen}`,
  });
});

test('an app finds its servers behind the proxy, and everything else where it is', () => {
  const listen = (name) => faults.routes.find((route) => route.name === name).listen;
  expect(faults.portsOf('payment-worker')).toEqual({
    ...ports,
    mariadb: listen('payment-worker-mariadb'),
    kafka: listen('payment-worker-kafka'),
  });
});

test("Toxiproxy's configuration opens every way", () => {
  const proxies = JSON.parse(faultProxyConfig(faults.routes));
  expect(proxies).toHaveLength(faults.routes.length);
  expect(proxies[0]).toEqual({ name: 'edge', listen: '127.0.0.1:20001', upstream: '127.0.0.1:1', enabled: true });
});
