import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { isFatal } from './fatal.ts';

const errors = kafkajs as unknown as Record<string, new (...args: unknown[]) => Error>;
const make = (name: string, ...args: unknown[]): Error => {
  const Kind = errors[name];
  if (Kind === undefined) throw new Error(`kafkajs has no ${name}`);
  return new Kind(...args);
};

describe('isFatal', () => {
  test.each([
    ['a broker that cannot be reached', make('KafkaJSConnectionError', 'Connection error: connect ECONNREFUSED')],
    ['the coordinator not found while the broker restarts', make('KafkaJSGroupCoordinatorNotFound', 'not found')],
    ['no broker left in the list', make('KafkaJSNoBrokerAvailableError')],
    [
      'retries used up',
      make('KafkaJSNumberOfRetriesExceeded', make('KafkaJSConnectionError', 'closed'), { retryCount: 3, retryTime: 1 }),
    ],
    ['a lock that was not got', make('KafkaJSLockTimeout', 'Timeout while acquiring lock')],
    [
      'a topic that is not there yet',
      make('KafkaJSProtocolError', { type: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'x' }),
    ],
    ['a stall', new Error('no sign of life for 60000 ms')],
  ])('goes on after %s', (_, error) => {
    expect(isFatal(error)).toBe(false);
  });

  test.each([
    ['a refused login', make('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed')],
    [
      'a missing permission',
      make('KafkaJSNonRetriableError', 'x', {
        cause: make('KafkaJSProtocolError', { type: 'GROUP_AUTHORIZATION_FAILED', message: 'x' }),
      }),
    ],
    ['a codec that is not there', make('KafkaJSNotImplemented', 'Snappy compression not implemented')],
    [
      'a mistake in the program',
      make('KafkaJSNonRetriableError', 'x', { cause: new TypeError('x is not a function') }),
    ],
  ])('gives up after %s', (_, error) => {
    expect(isFatal(error)).toBe(true);
  });
});
