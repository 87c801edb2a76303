/** Small questions over TCP, by which a service tells that it takes requests. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectByTls } from 'node:tls';

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Connects, sends the request (if any) and answers with the first bytes that come back.
 * @param {number} port
 * @param {Buffer | string | null} request
 * @param {{ ca?: string }} [options] `ca`: by TLS, to who has a certificate of this authority (a file)
 * @returns {Promise<Buffer>}
 */
export function ask(port, request, { ca } = {}) {
  return new Promise((resolve, reject) => {
    const host = '127.0.0.1';
    const socket = ca
      ? connectByTls({ port, host, ca: readFileSync(ca), servername: 'localhost' })
      : connect({ port, host });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error(`no answer from port ${port}`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`port ${port} closed without an answer`)));
    socket.once(ca ? 'secureConnect' : 'connect', () => {
      if (request !== null) socket.write(request);
    });
    socket.once('data', (answer) => {
      resolve(answer);
      socket.destroy();
    });
  });
}
