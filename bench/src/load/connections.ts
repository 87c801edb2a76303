import { connect, type Socket } from 'node:net';
import { newResponse, takeBytes } from './response-parser.ts';

/** Told of the end of each request: status 0 where the connection failed. `body` only of what `wantsBody` asks for. */
export type OnAnswer = (request: number, status: number, body: string) => void;

export interface ConnectionsOptions {
  host: string;
  port: number;
  /** Open from the start, as a crowd's connections are. */
  initial: number;
  /** Most at once; further requests wait for a free one, and their time runs. */
  most: number;
  /** Told when a request leaves. */
  onSend?: (request: number) => void;
  onAnswer: OnAnswer;
  wantsBody?: (status: number) => boolean;
}

interface Connection {
  socket: Socket;
  /** The request whose answer is awaited; -1 while it is free. */
  request: number;
  response: ReturnType<typeof newResponse>;
  body: string;
  open: boolean;
}

const READ_BYTES = 64 * 1024;
const NO_REQUEST = -1;

/**
 * Keep-alive connections with one request at a time on each, as browsers have them: pipelined ones would wait for each
 * other. A request takes a free connection, else a new one up to `most`, else it waits its turn.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #free: Connection[] = [];
  readonly #waiting: { request: number; text: string }[] = [];
  #firstWaiting = 0;
  #count = 0;
  #closed = false;
  /** Every socket reads into the same memory: what was read is taken before the next one reads. */
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES);

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** Opens the initial connections. */
  async open(): Promise<void> {
    const opened = Array.from({ length: this.#options.initial }, () => {
      const connection = this.#connect();
      return new Promise<void>((resolve, reject) => {
        connection.socket.once('connect', () => {
          this.#free.push(connection);
          resolve();
        });
        connection.socket.once('error', reject);
      });
    });
    await Promise.all(opened);
  }

  /** Sends a request, now or as soon as there is a connection for it. */
  send(request: number, text: string): void {
    let connection = this.#free.pop();
    while (connection !== undefined && !connection.open) connection = this.#free.pop();
    if (connection === undefined && this.#count < this.#options.most) connection = this.#connect();
    if (connection === undefined) {
      this.#waiting.push({ request, text });
      return;
    }
    this.#write(connection, request, text);
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#free) connection.socket.destroy();
  }

  #write(connection: Connection, request: number, text: string): void {
    connection.request = request;
    this.#options.onSend?.(request);
    connection.socket.write(text, 'latin1');
  }

  #connect(): Connection {
    this.#count++;
    const { host, port } = this.#options;
    const buffer = this.#buffer;
    const socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          this.#read(connection, buffer.subarray(0, length));
          return true;
        },
      },
    });
    const connection: Connection = { socket, request: NO_REQUEST, response: newResponse(), body: '', open: true };
    socket.on('error', () => {});
    socket.on('close', () => {
      connection.open = false;
      this.#count--;
      if (connection.request !== NO_REQUEST) this.#finish(connection, 0);
    });
    return connection;
  }

  #read(connection: Connection, bytes: Buffer): void {
    if (connection.request === NO_REQUEST) return void connection.socket.destroy();
    const { response } = connection;
    try {
      const whole = takeBytes(response, bytes);
      if (this.#options.wantsBody?.(response.status)) connection.body += bytes.toString('latin1');
      if (!whole) return;
    } catch {
      connection.socket.destroy();
      return;
    }
    if (response.closes) {
      connection.open = false;
      connection.socket.destroy();
    }
    this.#finish(connection, response.status);
  }

  #finish(connection: Connection, status: number): void {
    const { request, body } = connection;
    connection.request = NO_REQUEST;
    connection.body = '';
    const { response } = connection;
    response.status = 0;
    response.head = null;
    response.closes = false;
    this.#options.onAnswer(request, status, body);
    const next = this.#waiting[this.#firstWaiting];
    if (next !== undefined) {
      this.#firstWaiting++;
      if (this.#firstWaiting > 10_000) {
        this.#waiting.splice(0, this.#firstWaiting);
        this.#firstWaiting = 0;
      }
      if (connection.open) this.#write(connection, next.request, next.text);
      else this.#write(this.#connect(), next.request, next.text);
    } else if (connection.open && !this.#closed) this.#free.push(connection);
    else if (this.#closed) connection.socket.destroy();
  }
}
