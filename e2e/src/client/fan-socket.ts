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
}

/** A fan's WebSocket. Emits `push` for each message; after a cut it stays closed, and its fan goes on by polling. */
export class FanSocket {
  readonly #events = new EventEmitter();
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#events.emit('push', JSON.parse(data.toString()) as Push));
    socket.on('error', () => socket.terminate());
  }

  /** Connects and subscribes to a schedule; null if the gateway cannot be reached or refuses. */
  static async open(baseUrl: string, token: string, scheduleId: number, ticket: string): Promise<FanSocket | null> {
    const url = new URL('/v1/ws', baseUrl.replace(/^http/, 'ws'));
    const socket = new WebSocket(url, ['bearer', token], { handshakeTimeout: 10_000 });
    const fan = new FanSocket(socket);
    try {
      await once(socket, 'open');
    } catch {
      return null;
    }
    socket.send(JSON.stringify({ type: 'subscribe', scheduleId, ticket }));
    return fan;
  }

  onPush(listener: (push: Push) => void): () => void {
    this.#events.on('push', listener);
    return () => this.#events.off('push', listener);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  close(): void {
    this.#socket.close();
  }
}
