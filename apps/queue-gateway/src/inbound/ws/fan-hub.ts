import type { NumberedNews, ServingNews } from '../../application/pushes.ts';
import { positionOf } from '../../domain/place.ts';
import type { FanConnection, Subscription } from './fan-connection.ts';
import type { ServerMessage } from './messages.ts';

/** Everybody who is connected to this replica, by fan and by subscribed schedule. */
export class FanHub {
  readonly #ofFan = new Map<string, Set<FanConnection>>();
  readonly #ofSchedule = new Map<number, Set<FanConnection>>();
  readonly #render: (userId: string, news: NumberedNews) => ServerMessage;
  #size = 0;

  /** @param render puts news into the words of design §6 */
  constructor(render: (userId: string, news: NumberedNews) => ServerMessage) {
    this.#render = render;
  }

  /** Connections in all. */
  get size(): number {
    return this.#size;
  }

  /** Connections of a fan. */
  countOf(userId: string): number {
    return this.#ofFan.get(userId)?.size ?? 0;
  }

  all(): FanConnection[] {
    return [...this.#ofFan.values()].flatMap((connections) => [...connections]);
  }

  /** Whether it is the fan's first. */
  add(connection: FanConnection): boolean {
    const connections = this.#ofFan.get(connection.userId) ?? new Set();
    this.#ofFan.set(connection.userId, connections.add(connection));
    this.#size++;
    return connections.size === 1;
  }

  /** Whether it was the fan's last. */
  remove(connection: FanConnection): boolean {
    for (const scheduleId of connection.subscriptions.keys()) this.#unsubscribe(connection, scheduleId);
    const connections = this.#ofFan.get(connection.userId);
    if (!connections?.delete(connection)) return false;
    this.#size--;
    if (connections.size > 0) return false;
    this.#ofFan.delete(connection.userId);
    return true;
  }

  subscribe(connection: FanConnection, subscription: Subscription): void {
    connection.subscriptions.set(subscription.scheduleId, subscription);
    const connections = this.#ofSchedule.get(subscription.scheduleId) ?? new Set();
    this.#ofSchedule.set(subscription.scheduleId, connections.add(connection));
  }

  /** Passes a fan's news on to all their connections. */
  onNews(userId: string, news: NumberedNews): void {
    const connections = this.#ofFan.get(userId);
    if (connections === undefined) return;
    const message = this.#render(userId, news);
    for (const connection of connections) {
      // An admission ends the wait: there is no position any more.
      if (message.type === 'queue.admitted') endWait(connection, message.scheduleId);
      if (connection.isNews(news.seq)) connection.send(message);
    }
  }

  /** Tells every subscriber how far the room has come, and their own place. */
  onServing({ scheduleId, serving, seq }: ServingNews): void {
    const connections = this.#ofSchedule.get(scheduleId);
    if (connections === undefined) return;
    // One message for thousands: all but the end is the same.
    const text = `{"type":"queue.position","seq":${seq},"scheduleId":${scheduleId},"serving":${serving},"position":`;
    for (const connection of connections) {
      const sequence = connection.subscriptions.get(scheduleId)?.sequence ?? null;
      connection.sendText(`${text}${sequence === null ? 'null' : positionOf(sequence, serving)}}`);
    }
  }

  #unsubscribe(connection: FanConnection, scheduleId: number): void {
    const connections = this.#ofSchedule.get(scheduleId);
    connections?.delete(connection);
    if (connections?.size === 0) this.#ofSchedule.delete(scheduleId);
  }
}

function endWait(connection: FanConnection, scheduleId: number): void {
  const subscription = connection.subscriptions.get(scheduleId);
  if (subscription !== undefined) subscription.sequence = null;
}
