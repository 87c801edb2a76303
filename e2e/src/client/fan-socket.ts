import { EventEmitter, once } from 'node:events';
import WebSocket from 'ws';

/** A message that the gateway pushes (design §6); which fields it has depends on `type`. */
export interface Push {
  type: 'queue.position' | 'queue.closed' | 'queue.admitted' | 'reservation.changed' | 'seats.changed' | 'snapshot';
  seq: number;
  scheduleId?: number;
  admissionToken?: string;
  reservationId?: string;
  status?: string;
  /** Of a snapshot: all that the fan has in that schedule. */
  reservations?: { reservationId: string; status: string }[];
}

/** A fan's WebSocket. Emits `push` for each message; after a cut it stays closed, and its fan goes on by polling. */
export class FanSocket {
  readonly #events = new EventEmitter();
  /** What came before somebody listened: news may come with the very answer to the handshake. */
  readonly #unheard: Push[] = [];
  readonly #socket: WebSocket;
  /** Its close code (RFC 6455 §7.4.1; 1006: cut without a word), once it has ended. */
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const push = JSON.parse(data.toString()) as Push;
      if (!this.#events.emit('push', push)) this.#unheard.push(push);
    });
    socket.on('error', () => socket.terminate());
    this.closed = new Promise((resolve) => void socket.once('close', resolve));
  }

  /**
   * Connects and subscribes to a schedule; null if the gateway cannot be reached or refuses. With `lastSeq`, the number
   * up to which all was heard, it is told what it has missed.
   */
  static async open(
    baseUrl: string,
    token: string,
    scheduleId: number,
    ticket: string,
    lastSeq?: number,
  ): Promise<FanSocket | null> {
    const url = new URL('/v1/ws', baseUrl.replace(/^http/, 'ws'));
    const socket = new WebSocket(url, ['bearer', token], { handshakeTimeout: 10_000 });
    const fan = new FanSocket(socket);
    try {
      await once(socket, 'open');
    } catch {
      return null;
    }
    socket.send(JSON.stringify({ type: 'subscribe', scheduleId, ticket, lastSeq }));
    return fan;
  }

  onPush(listener: (push: Push) => void): () => void {
    this.#events.on('push', listener);
    for (const push of this.#unheard.splice(0)) listener(push);
    return () => this.#events.off('push', listener);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  close(): void {
    this.#socket.close();
  }
}
