import { describe, expect, test } from 'vitest';
import { OverloadedError, PermanentError, Problem, TransientError } from './errors.ts';
import { isTransient, mysqlErrno } from './transient.ts';

const like = (fields: object): Error => Object.assign(new Error('x'), fields);
const named = (name: string, fields: object = {}): Error => like({ name, ...fields });

describe('what may pass by itself', () => {
  test.each<[string, unknown]>([
    ['deadlock', like({ errno: 1213, sqlState: '40001' })],
    ['lock wait', like({ errno: 1205 })],
    ['pool timeout', like({ errno: 45028, code: 'ER_GET_CONNECTION_TIMEOUT' })],
    ['lost connection', like({ errno: 45009, sqlState: '08S01' })],
    ['refused', like({ errno: -111, code: 'ECONNREFUSED' })],
    ['Prisma: unreachable', like({ code: 'P1001' })],
    ['Prisma: write conflict', like({ code: 'P2034' })],
    [
      'Prisma: deadlock in a raw statement',
      like({
        code: 'P2010',
        meta: { driverAdapterError: { name: 'DriverAdapterError', cause: { originalCode: '1213' } } },
      }),
    ],
    [
      'Prisma: pool timeout',
      like({ code: 'P2039', meta: { driverAdapterError: { cause: { originalCode: '45028' } } } }),
    ],
    ['Redis: loading', named('ReplyError', { message: 'LOADING Redis is loading the dataset in memory' })],
    ['Redis: failed over', named('ReplyError', { message: "READONLY You can't write against a read only replica." })],
    ['Redis: closed', like({ message: 'Connection is closed.' })],
    ['Redis: not connected', like({ message: "Stream isn't writeable and enableOfflineQueue options is false" })],
    ['Redis: lost with commands in flight', named('MaxRetriesPerRequestError')],
    ['Kafka: retriable', named('KafkaJSProtocolError', { retriable: true })],
    [
      'Kafka: gave up',
      named('KafkaJSNumberOfRetriesExceeded', { retriable: false, originalError: named('KafkaJSConnectionError') }),
    ],
    ['in a cause', new Error('outer', { cause: new Error('middle', { cause: like({ code: 'ECONNRESET' }) }) })],
    ['ours', new TransientError('x')],
    ['full queue', new OverloadedError('x')],
  ])('%s', (_what, error) => expect(isTransient(error)).toBe(true));
});

describe('what will not', () => {
  const cycle = new Error('a');
  cycle.cause = new Error('b', { cause: cycle });
  test.each<[string, unknown]>([
    ['duplicate key', like({ errno: 1062, sqlState: '23000' })],
    ['syntax', like({ errno: 1064, sqlState: '42000' })],
    ['Prisma: unique', like({ code: 'P2002', meta: { driverAdapterError: { cause: { originalCode: '1062' } } } })],
    ['Redis: wrong type', named('ReplyError', { message: 'WRONGTYPE Operation against a key' })],
    ['Kafka: message too large', named('KafkaJSProtocolError', { retriable: false })],
    ['permanent, whatever led to it', new PermanentError('X', 'x', { cause: like({ errno: 1213 }) })],
    ['a verdict', new Problem('SEAT_TAKEN', 'x', { cause: like({ errno: 1213 }) })],
    ['a mistake', new TypeError('x')],
    ['a cycle of causes', cycle],
    ['a string', 'ECONNRESET'],
    ['nothing', undefined],
    ['null', null],
  ])('%s', (_what, error) => expect(isTransient(error)).toBe(false));
});

test("the database's error number is found wherever it hides", () => {
  expect(mysqlErrno(like({ errno: 1062 }))).toBe(1062);
  expect(mysqlErrno(like({ meta: { driverAdapterError: { cause: { originalCode: '1062' } } } }))).toBe(1062);
  expect(mysqlErrno(like({ errno: -111, code: 'ECONNREFUSED' }))).toBeUndefined();
  expect(mysqlErrno(new Error('x', { cause: like({ errno: 1213 }) }))).toBe(1213);
});
