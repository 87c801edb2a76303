/** Small questions over TCP, by which a service tells that it takes requests. */
import { connect } from 'node:net';

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Connects, sends the request (if any) and answers with the first bytes that come back.
 * @param {number} port
 * @param {Buffer | string | null} request
 * @param {string} [host]
 * @returns {Promise<Buffer>}
 */
export function ask(port, request, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error(`no answer from port ${port}`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`port ${port} closed without an answer`)));
    socket.once('connect', () => {
      if (request !== null) socket.write(request);
    });
    socket.once('data', (answer) => {
      resolve(answer);
      socket.destroy();
    });
  });
}
