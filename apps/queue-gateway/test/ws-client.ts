import { request } from 'node:http';
import { eventually } from '@stagedoor/testkit';

/** What the gateway sends, all kinds together. */
export interface Message {
  type: string;
  seq: number;
  scheduleId: number;
  serving: number;
  position: number | null;
  admissionToken: string;
  admissionExpiresAt: string;
  reservationId: string;
  status: string;
  reason: string | null;
  code: string;
  admission: { admissionToken: string } | null;
  reservations: { reservationId: string; status: string; reason: string | null }[];
}

/** A fan's WebSocket that keeps all it hears. */
export class WsClient {
  readonly messages: Message[] = [];
  readonly #socket: WebSocket;
  closed: { code: number; reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.messages.push(JSON.parse(String(data)) as Message));
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason };
    });
    socket.addEventListener('error', () => {});
  }

  static async open(port: number, token: string): Promise<WsClient> {
    const client = new WsClient(new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, ['bearer', token]));
    await eventually(() => {
      if (client.closed !== undefined) throw new Error(`closed: ${client.closed.code}`);
      return client.#socket.readyState === WebSocket.OPEN;
    });
    return client;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  send(message: object | string): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  of(type: string): Message[] {
    return this.messages.filter((message) => message.type === type);
  }

  /** The first message that fits, once it is there. */
  next(fits: (message: Message) => boolean): Promise<Message> {
    return eventually(() => {
      const found = this.messages.find(fits);
      if (found === undefined) throw new Error(`not among ${JSON.stringify(this.messages)}`);
      return found;
    });
  }

  close(): void {
    this.#socket.close();
  }
}

/** Asks for an upgrade; answers the status, 101 where it was granted, and the body of a refusal. */
export function upgrade(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({
      port,
      host: '127.0.0.1',
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    });
    asked.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, body: '' });
    });
    asked.on('response', (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
