import { type Clock, type Logger, Problem } from '@stagedoor/platform';
import type { PlaceAnswers } from '../../application/place-answers.ts';
import type { Place, Places } from '../../application/places.ts';
import type { FanOfSchedule } from '../../application/ports.ts';
import type { Broadcasts, NumberedNews, Pushes } from '../../application/pushes.ts';
import type { RoomDirectory } from '../../application/room-directory.ts';
import { positionOf } from '../../domain/place.ts';
import type { FanConnection, Subscription } from './fan-connection.ts';
import { FanHub } from './fan-hub.ts';
import type { ClientMessage, ServerMessage } from './messages.ts';

// A place that was called should have been told; after a while this is asked about, so many at a time.
const OVERDUE_PER_TURN = 100;
// While Redis is away a connection is open all the same, only deaf.
const LONGEST_WAIT_FOR_CHANNEL_MS = 1_000;

/** What connected fans are told, and when. */
export class FanSessions {
  readonly hub: FanHub;
  readonly #places: Places;
  readonly #answers: PlaceAnswers;
  readonly #pushes: Pushes;
  readonly #broadcasts: Broadcasts;
  readonly #directory: RoomDirectory;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** The channel was lost: what was said in the meantime has still to be told. */
  #isBehind = false;
  #overdueTurn = 0;

  constructor(parts: {
    places: Places;
    answers: PlaceAnswers;
    pushes: Pushes;
    broadcasts: Broadcasts;
    directory: RoomDirectory;
    clock: Clock;
    logger: Logger;
  }) {
    this.#places = parts.places;
    this.#answers = parts.answers;
    this.#pushes = parts.pushes;
    this.#broadcasts = parts.broadcasts;
    this.#directory = parts.directory;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.hub = new FanHub((userId, news) => this.#render(userId, news));
    parts.broadcasts.onNews((userId, news) => this.hub.onNews(userId, news));
    parts.broadcasts.onServing((news) => this.hub.onServing(news));
    parts.broadcasts.onBack(() => {
      this.#isBehind = true;
      this.catchUp().catch((error: unknown) => parts.logger.debug({ err: error }, 'connected fans are told later'));
    });
  }

  /** A connection has begun: from now on it hears the fan's news. */
  async open(connection: FanConnection): Promise<void> {
    const isFirst = this.hub.add(connection);
    if (isFirst) {
      const listening = this.#broadcasts.listenTo(connection.userId);
      listening.catch((error: unknown) => this.#logger.warn({ err: error }, 'a fan is not listened for'));
      await this.#soon(listening);
    }
    connection.beginAt(await this.#pushes.newest(connection.userId).catch(() => 0));
  }

  /** The connection has ended. */
  close(connection: FanConnection): void {
    if (!this.hub.remove(connection)) return;
    this.#broadcasts
      .ignore(connection.userId)
      .catch((error: unknown) => this.#logger.debug({ err: error }, 'a fan is listened for needlessly'));
  }

  /**
   * Subscribes to a schedule. What was missed since `lastSeq` is sent again; where that is not known any more, a
   * snapshot; without it, the place as it stands.
   */
  async subscribe(connection: FanConnection, { scheduleId, ticket, lastSeq }: ClientMessage): Promise<void> {
    if (!connection.maySubscribe(scheduleId)) throw new Problem('RATE_LIMITED', 'too many subscriptions');
    const fan = { scheduleId, userId: connection.userId };
    const place = await this.#places.locate(fan, ticket);
    const subscription: Subscription = {
      scheduleId,
      ticket,
      sequence: place.kind === 'WAITING' ? place.sequence : null,
      toldClosed: false,
    };
    this.hub.subscribe(connection, subscription);
    if (lastSeq === undefined) return this.#sendPlace(connection, fan, place);
    const { news } = await this.#pushes.missed(fan.userId, lastSeq);
    if (news === null) return this.#sendSnapshot(connection, fan, place);
    this.#sendMissed(connection, news);
    if (place.kind !== 'ADMITTED') await this.#sendPlace(connection, fan, place);
  }

  /** What was said while the channel was lost is told now. Where that fails it is still to be done. */
  async catchUp(): Promise<void> {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    try {
      for (const connection of this.hub.all()) await this.#catchUpOne(connection);
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  /** Tells those who wait in a room that was closed; by each replica, as it learns of it. */
  async tellClosed(): Promise<void> {
    for (const connection of this.hub.all()) {
      for (const subscription of connection.subscriptions.values()) await this.#tellIfClosed(connection, subscription);
    }
  }

  /** Asks after places that were called without their fans' having heard of it. */
  async checkOverdue(): Promise<void> {
    const overdue = this.hub
      .all()
      .flatMap((connection) =>
        [...connection.subscriptions.values()]
          .filter(({ scheduleId, sequence }) => sequence !== null && sequence <= this.#servingOf(scheduleId))
          .map((subscription) => ({ connection, subscription })),
      );
    // Where there are more than that, others have their turn the next time.
    const first = overdue.length <= OVERDUE_PER_TURN ? 0 : (this.#overdueTurn++ * OVERDUE_PER_TURN) % overdue.length;
    const turn = [...overdue.slice(first), ...overdue.slice(0, first)].slice(0, OVERDUE_PER_TURN);
    for (const { connection, subscription } of turn) await this.#checkOne(connection, subscription);
  }

  async #tellIfClosed(connection: FanConnection, subscription: Subscription): Promise<void> {
    const { scheduleId, sequence } = subscription;
    const room = this.#directory.get(scheduleId);
    const isClosed = room !== undefined && this.#directory.phase(room) === 'closed';
    if (sequence === null || isClosed === subscription.toldClosed) return;
    subscription.toldClosed = isClosed;
    if (!isClosed) return;
    const seq = await this.#pushes.newestOfRoom(scheduleId).catch(() => 0);
    connection.send({ type: 'queue.closed', seq, scheduleId, message: room.settings.message });
  }

  async #checkOne(connection: FanConnection, subscription: Subscription): Promise<void> {
    const fan = { scheduleId: subscription.scheduleId, userId: connection.userId };
    const place = await this.#places.locate(fan, subscription.ticket);
    if (place.kind === 'WAITING') return;
    // The news may have come while this was asked.
    if (subscription.sequence === null) return;
    subscription.sequence = null;
    await this.#sendPlace(connection, fan, place);
  }

  async #catchUpOne(connection: FanConnection): Promise<void> {
    const { heardUntil, userId } = connection;
    if (heardUntil === null) return;
    const { news } = await this.#pushes.missed(userId, heardUntil);
    if (news !== null) {
      this.#sendMissed(connection, news);
      return;
    }
    for (const { scheduleId, ticket } of connection.subscriptions.values()) {
      const fan = { scheduleId, userId };
      await this.#sendSnapshot(connection, fan, await this.#places.locate(fan, ticket));
    }
  }

  #sendMissed(connection: FanConnection, news: readonly NumberedNews[]): void {
    for (const one of connection.notSent(news)) connection.send(this.#render(connection.userId, one));
  }

  async #sendPlace(connection: FanConnection, fan: FanOfSchedule, place: Place): Promise<void> {
    const { scheduleId, userId } = fan;
    if (place.kind === 'ADMITTED') {
      const seq = await this.#pushes.newest(userId);
      const shown = this.#answers.show(fan, place.admission);
      connection.send({ type: 'queue.admitted', seq, scheduleId, ...shown });
      return;
    }
    const seq = await this.#pushes.newestOfRoom(scheduleId).catch(() => 0);
    connection.send({ type: 'queue.position', seq, scheduleId, ...this.#standing(fan, place) });
  }

  async #sendSnapshot(connection: FanConnection, fan: FanOfSchedule, place: Place): Promise<void> {
    const [seq, reservations] = await Promise.all([
      this.#pushes.newest(fan.userId),
      this.#pushes.reservations(fan.userId),
    ]);
    connection.send({
      type: 'snapshot',
      seq,
      scheduleId: fan.scheduleId,
      ...this.#standing(fan, place),
      admission: place.kind === 'ADMITTED' ? this.#answers.show(fan, place.admission) : null,
      reservations: reservations
        .filter(({ scheduleId }) => scheduleId === fan.scheduleId)
        .map(({ reservationId, status, reason }) => ({ reservationId, status, reason })),
    });
  }

  #standing({ scheduleId }: FanOfSchedule, place: Place): { serving: number; position: number | null } {
    const serving = place.kind === 'WAITING' ? place.serving : this.#servingOf(scheduleId);
    return { serving, position: place.kind === 'WAITING' ? positionOf(place.sequence, serving) : null };
  }

  #render(userId: string, { seq, news }: NumberedNews): ServerMessage {
    const { scheduleId } = news;
    if (news.type === 'reservation.changed') {
      const { type, reservationId, status, reason } = news;
      return { type, seq, reservationId, status, reason };
    }
    const shown = this.#answers.show(
      { scheduleId, userId },
      {
        id: news.admissionId,
        sequence: news.sequence,
        admittedAt: new Date(news.admittedAtMs),
        endsAt: new Date(news.endsAtMs),
      },
    );
    return { type: news.type, seq, scheduleId, ...shown };
  }

  #servingOf(scheduleId: number): number {
    return this.#directory.get(scheduleId)?.serving ?? 0;
  }

  async #soon(work: Promise<void>): Promise<void> {
    const settled = new AbortController();
    await Promise.race([work.catch(() => {}), this.#clock.sleep(LONGEST_WAIT_FOR_CHANNEL_MS, settled.signal)]);
    settled.abort();
  }
}
