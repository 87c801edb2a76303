import { expect, test } from 'vitest';
import { listenAddresses } from './edge.mjs';
import { outside } from './edge-container.mjs';

test('the edge listens on this machine only, unless one says otherwise', () => {
  expect(listenAddresses(8080, { host: undefined, hasIpv6: true })).toEqual(['127.0.0.1:8080', '[::1]:8080']);
  expect(listenAddresses(8080, { host: undefined, hasIpv6: false })).toEqual(['127.0.0.1:8080']);
  expect(listenAddresses(8080, { host: '0.0.0.0', hasIpv6: true })).toEqual(['0.0.0.0:8080']);
  expect(listenAddresses(8080, { host: '::', hasIpv6: true })).toEqual(['[::]:8080']);
});

test('as a container it reaches the apps through the engine', () => {
  expect(outside({ 'payment-worker': ['127.0.0.1:3003', '127.0.0.1:3013'] })).toEqual({
    'payment-worker': ['host.docker.internal:3003', 'host.docker.internal:3013'],
  });
});
