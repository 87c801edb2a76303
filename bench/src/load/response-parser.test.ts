import { expect, test } from 'vitest';
import { newResponse, takeBytes } from './response-parser.ts';

const answer = Buffer.from('HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nX-Request-Id: a\r\n\r\nhello');

test('an answer is whole at its last byte, wherever it is cut', () => {
  for (let cut = 1; cut < answer.length; cut++) {
    const response = newResponse();
    expect(takeBytes(response, answer.subarray(0, cut))).toBe(false);
    expect(takeBytes(response, answer.subarray(cut))).toBe(true);
    expect(response.status).toBe(202);
  }
});

test('an answer without a body, and one that ends its connection', () => {
  const response = newResponse();
  expect(takeBytes(response, Buffer.from('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'))).toBe(true);
  expect(response).toMatchObject({ status: 204, closes: true });
});

test('what this client does not read is said, not guessed', () => {
  const chunked = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n');
  expect(() => takeBytes(newResponse(), chunked)).toThrow('chunks');
  expect(() => takeBytes(newResponse(), Buffer.concat([answer, Buffer.from('more')]))).toThrow('more bytes');
});
