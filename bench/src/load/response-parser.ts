/** What of an answer is still to come. */
export interface ResponseState {
  /** Bytes of the head that came in an earlier read; null once the head is known. */
  head: Buffer | null;
  /** Of the answer whose head is known; 0 before that. */
  status: number;
  /** Bytes of the body that are still to come. */
  missing: number;
  /** The server ends the connection after this answer. */
  closes: boolean;
}

export const newResponse = (): ResponseState => ({ head: null, status: 0, missing: 0, closes: false });

const HEAD_END = Buffer.from('\r\n\r\n');
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
const CLOSES = /\r\nconnection: *close/i;

/**
 * Takes bytes of the one answer that is awaited on a connection; true once it is whole. Reads what a server of ours
 * writes (HTTP/1.1, Content-Length): a general client costs several times as much CPU, which would be missing where it
 * is measured.
 * @throws for an answer that is none of these
 */
export function takeBytes(response: ResponseState, bytes: Buffer): boolean {
  if (response.status === 0) {
    const all = response.head === null ? bytes : Buffer.concat([response.head, bytes]);
    const end = all.indexOf(HEAD_END);
    if (end === -1) {
      // The bytes belong to a buffer that the next read writes over.
      response.head = Buffer.from(all);
      return false;
    }
    const head = all.toString('latin1', 0, end);
    response.status = Number(head.slice(9, 12));
    response.closes = CLOSES.test(head);
    response.head = null;
    if (CHUNKED.test(head)) throw new Error(`an answer in chunks, which this client does not read: ${head}`);
    const length = Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
    const hasBody = response.status !== 204 && response.status !== 304;
    response.missing = (hasBody ? length : 0) - (all.length - end - HEAD_END.length);
  } else {
    response.missing -= bytes.length;
  }
  if (response.missing < 0) throw new Error('more bytes than the answer has');
  return response.missing === 0;
}
