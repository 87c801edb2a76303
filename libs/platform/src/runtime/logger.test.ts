import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';
import { RateLimitedLog } from './rate-limited-log.ts';

function capture(pretty = false) {
  const lines: string[] = [];
  const logger = createLogger({
    name: 'app',
    level: 'info',
    pretty,
    destination: { write: (line) => void lines.push(line) },
  });
  return { logger, lines };
}

test('writes one JSON line with name, level and an ISO time', () => {
  const { logger, lines } = capture();
  logger.info({ reservationId: 'r-1' }, 'held');
  logger.debug('not at this level');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    name: 'app',
    reservationId: 'r-1',
    msg: 'held',
  });
});

test('blacks out what is secret, wherever it is put', () => {
  const { logger, lines } = capture();
  const secret = 'hunter2';
  const headers = {
    authorization: secret,
    cookie: secret,
    'x-admission-token': secret,
    'sec-websocket-protocol': `bearer, ${secret}`,
    'idempotency-key': secret,
    host: 'x',
  };
  logger.info({ token: secret, password: secret, ticket: secret, admissionToken: secret }, 'top');
  logger.info({ headers, req: { headers }, body: { token: secret, ticket: secret } }, 'below');
  logger.info({ config: { sasl: { password: secret }, privateKey: secret } }, 'config');
  expect(lines.join('')).not.toContain(secret);
  expect(lines.join('')).toContain('"host":"x"');
});

test('writes for people when asked', async () => {
  const { logger, lines } = capture(true);
  logger.warn('careful');
  await expect.poll(() => lines.join('')).toMatch(/WARN.*careful/);
});

test('a storm of errors is ten lines a second, and says how many it left out', () => {
  let nowMs = 0;
  const lines: object[] = [];
  const log = new RateLimitedLog({ error: (object) => void lines.push(object) }, () => nowMs);
  for (let i = 0; i < 1000; i++) log.error({ i }, 'no');
  expect(lines).toHaveLength(10);
  nowMs = 1000;
  log.error({ i: 'later' }, 'no');
  log.error({ i: 'last' }, 'no');
  expect(lines.slice(10)).toEqual([{ i: 'later', linesLeftOut: 990 }, { i: 'last' }]);
});
