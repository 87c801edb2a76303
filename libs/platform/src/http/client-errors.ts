import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemCode } from '@stagedoor/contracts';
import { PROBLEM_TYPE, problemDocument } from './problem-document.ts';

/** Answers what is no HTTP, or comes too slowly, and ends the connection: no request was read that could be routed. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(rawAnswer(...complaintAbout(error.code)));
  socket.destroy(error);
}

function complaintAbout(code: string | undefined): [ProblemCode, string] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['REQUEST_TIMEOUT', 'the request did not come in time'];
  if (code === 'HPE_HEADER_OVERFLOW') return ['VALIDATION_FAILED', 'the headers are too large'];
  return ['VALIDATION_FAILED', 'this is no HTTP request'];
}

function rawAnswer(code: ProblemCode, detail: string): string {
  const problem = problemDocument(code, detail);
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
