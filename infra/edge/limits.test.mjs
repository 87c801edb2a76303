import { expect, test } from 'vitest';
import { edgeLimits, NO_LIMITS, requestLimits, webSocketLimits } from './limits.mjs';

test('limits come from the environment, else they are the usual ones', () => {
  expect(edgeLimits({})).toEqual({
    requestsPerSecond: 200,
    tokenRequestsPerSecond: 50,
    requestsInProgress: 500,
    webSockets: 200,
  });
  expect(edgeLimits({ EDGE_REQUESTS_PER_SECOND: '7', EDGE_WEBSOCKETS: '0' })).toMatchObject({
    requestsPerSecond: 7,
    webSockets: 0,
  });
  for (const bad of ['x', '-1', '1.5', '1; deny all']) {
    expect(() => edgeLimits({ EDGE_WEBSOCKETS: bad })).toThrow(/EDGE_WEBSOCKETS: must be a whole number/);
  }
});

test('0 lifts a limit', () => {
  expect(requestLimits(NO_LIMITS) + webSocketLimits(NO_LIMITS)).toBe('');
  expect(requestLimits({ ...NO_LIMITS, tokenRequestsPerSecond: 5 })).toBe(
    '      limit_req zone=tokens burst=10 nodelay;\n',
  );
});
