import type { WebSocket } from '@fastify/websocket';
import type { NumberedNews } from '../../application/pushes.ts';
import type { ServerMessage } from './messages.ts';

/** What a connection hears of a schedule. */
export interface Subscription {
  scheduleId: number;
  ticket: string | undefined;
  /** The place in the line; null for a fan who is not waiting. */
  sequence: number | null;
  /** The fan was told that the room is closed; an operator may open it again. */
  toldClosed: boolean;
}

/** Bounds of one connection. */
export interface ConnectionBounds {
  /** Bytes that may wait for a client that reads slowly. */
  maxBufferedBytes: number;
  maxMessagesPerSecond: number;
  maxSubscriptions: number;
}

const POLICY_VIOLATION = 1008;
// A client may send this many seconds' worth of messages at once.
const BURST_SECONDS = 2;

/** One WebSocket of a fan: sends within bounds, and knows which of the fan's news it has sent. */
export class FanConnection {
  readonly userId: string;
  readonly subscriptions = new Map<number, Subscription>();
  readonly #socket: WebSocket;
  readonly #bounds: ConnectionBounds;
  readonly #onDropped: (reason: string) => void;
  #isAlive = true;
  #messagesLeft: number;
  #refilledAtMs: number;
  /** News was sent without a gap from the first to the last of these. */
  #sent: { first: number; last: number } | null = null;
  /** What the fan's count stood at when this connection began. */
  #begunAt: number | null = null;

  constructor(
    socket: WebSocket,
    userId: string,
    bounds: ConnectionBounds,
    nowMs: number,
    onDropped: (reason: string) => void,
  ) {
    this.userId = userId;
    this.#socket = socket;
    this.#bounds = bounds;
    this.#onDropped = onDropped;
    this.#messagesLeft = bounds.maxMessagesPerSecond * BURST_SECONDS;
    this.#refilledAtMs = nowMs;
    socket.on('pong', () => {
      this.#isAlive = true;
    });
  }

  /** Up to which number the client has what there was to hear since it connected; null where that is not known. */
  get heardUntil(): number | null {
    return this.#sent?.last ?? this.#begunAt;
  }

  /** Notes the fan's count as of the connection's beginning. */
  beginAt(seq: number): void {
    this.#begunAt ??= seq;
  }

  send(message: ServerMessage): void {
    this.sendText(JSON.stringify(message));
  }

  /** Sends, unless the client reads so slowly that what waits for it grows over the bound: then it is dropped. */
  sendText(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount + text.length > this.#bounds.maxBufferedBytes) {
      this.#onDropped('slow reader');
      this.#socket.terminate();
      return;
    }
    this.#socket.send(text);
  }

  /** Whether live news was not sent before; notes that it is now. */
  isNews(seq: number): boolean {
    if (this.#sent !== null && seq <= this.#sent.last) return false;
    this.#sent = { first: this.#sent?.first ?? seq, last: seq };
    return true;
  }

  /** What of these, in order, was not sent before; notes that it is now. */
  notSent(news: readonly NumberedNews[]): NumberedNews[] {
    const sent = this.#sent;
    const due = sent === null ? [...news] : news.filter(({ seq }) => seq < sent.first || seq > sent.last);
    for (const { seq } of due) {
      this.#sent = { first: Math.min(this.#sent?.first ?? seq, seq), last: Math.max(this.#sent?.last ?? seq, seq) };
    }
    return due;
  }

  /** Whether the client may send one more message now; where not, the connection is closed. */
  mayReceive(nowMs: number): boolean {
    const { maxMessagesPerSecond } = this.#bounds;
    const refilled = this.#messagesLeft + (Math.max(0, nowMs - this.#refilledAtMs) * maxMessagesPerSecond) / 1000;
    this.#messagesLeft = Math.min(maxMessagesPerSecond * BURST_SECONDS, refilled) - 1;
    this.#refilledAtMs = nowMs;
    if (this.#messagesLeft >= 0) return true;
    this.#onDropped('too many messages');
    this.#socket.close(POLICY_VIOLATION, 'too many messages');
    return false;
  }

  /** Whether there is room for a subscription to this schedule. */
  maySubscribe(scheduleId: number): boolean {
    return this.subscriptions.has(scheduleId) || this.subscriptions.size < this.#bounds.maxSubscriptions;
  }

  /** To be called at each interval: pings, and drops a client that has not answered the last ping. */
  ping(): void {
    if (!this.#isAlive) {
      this.#onDropped('no pong');
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
