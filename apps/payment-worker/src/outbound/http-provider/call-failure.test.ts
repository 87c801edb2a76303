import { expect, test } from 'vitest';
import { failureOfError, failureOfStatus } from './call-failure.ts';

test.each([
  [400, undefined],
  [402, undefined],
  [409, 'KEY_REUSED'],
  [410, undefined],
  [422, 'KEY_REUSED'],
])('%i %s is final', (status, code) => {
  expect(failureOfStatus(status, code)).toBeNull();
});

test.each([
  [425, undefined, 'none', false],
  [429, undefined, 'none', false],
  [409, 'IN_PROGRESS', 'unknown', false],
  [408, undefined, 'unknown', true],
  [500, undefined, 'unknown', true],
  [503, undefined, 'unknown', true],
  [504, undefined, 'unknown', true],
])('%i %s is tried again: effect %s, ill %s', (status, code, effect, ill) => {
  expect(failureOfStatus(status, code)).toEqual({ effect, retryable: true, ill });
});

test.each([401, 403, 404, 405, 407])(
  '%i is about us: nobody is declined for it, and nothing is tried at once',
  (status) => {
    expect(failureOfStatus(status, undefined)).toEqual({ effect: 'none', retryable: false, ill: true });
  },
);

test.each([200, 302])('%i that cannot be read says nothing about the effect', (status) => {
  expect(failureOfStatus(status, undefined)).toEqual({ effect: 'unknown', retryable: false, ill: true });
});

test.each([
  ['a refused connection', Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'none'],
  [
    'refusals of all addresses',
    Object.assign(new AggregateError([Object.assign(new Error(), { code: 'ECONNREFUSED' })])),
    'none',
  ],
  ['a connection that is not made in time', Object.assign(new Error(), { code: 'UND_ERR_CONNECT_TIMEOUT' }), 'none'],
  ['a cut connection', Object.assign(new Error(), { code: 'UND_ERR_SOCKET' }), 'unknown'],
  ['a timeout', new DOMException('timed out', 'TimeoutError'), 'unknown'],
  ['no error at all', undefined, 'unknown'],
])('after %s the effect is as it is', (_, error, effect) => {
  expect(failureOfError(error ?? new Error())).toMatchObject({ effect, retryable: true, ill: true });
});
