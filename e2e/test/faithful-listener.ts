import type { ReservationRow } from '@stagedoor/testkit';
import type { FanSession } from '../src/client/fan-session.ts';
import { FanSocket, type Push } from '../src/client/fan-socket.ts';

const PERSONAL: ReadonlySet<Push['type']> = new Set(['queue.admitted', 'reservation.changed', 'snapshot']);

/** A fan who listens all the while: when their WebSocket ends they open another at once, and say what they heard last. */
export class FaithfulListener {
  readonly fan: FanSession;
  readonly admission: string;
  /** How each of their WebSockets has ended, but for the last. */
  readonly closeCodes: number[] = [];
  readonly #heard = new Set<string>();
  /** Up to this number they have heard everything; 0: nothing yet, so that what comes before the first news is no gap. */
  #lastSeq = 0;
  /** Heard beyond that: what happens while one subscribes may be told before what was missed. */
  readonly #ahead = new Set<number>();
  #socket: FanSocket | null = null;
  #isOver = false;

  constructor(edgeUrl: string, fan: FanSession, admission: string, scheduleId: number) {
    this.fan = fan;
    this.admission = admission;
    void this.#listen(edgeUrl, scheduleId);
  }

  get isConnected(): boolean {
    return this.#socket?.isOpen ?? false;
  }

  /** Whether they were told the last state of each of their reservations. */
  hasHeardOf(reservations: readonly ReservationRow[]): boolean {
    return reservations.every(
      ({ id, userId, status }) => userId !== this.fan.userId || this.#heard.has(`${id} ${status}`),
    );
  }

  stop(): void {
    this.#isOver = true;
    this.#socket?.close();
  }

  async #listen(edgeUrl: string, scheduleId: number): Promise<void> {
    const { ticket } = (await this.fan.place(scheduleId)).body;
    while (!this.#isOver) {
      const socket = await FanSocket.open(edgeUrl, this.fan.token, scheduleId, ticket, this.#lastSeq);
      this.#socket = socket;
      socket?.onPush((push) => {
        // The others count per schedule, not per fan.
        if (!PERSONAL.has(push.type)) return;
        this.#note(push);
        for (const { reservationId, status } of push.reservations ?? [push]) {
          this.#heard.add(`${reservationId} ${status}`);
        }
      });
      const code = (await socket?.closed) ?? 0;
      if (!this.#isOver) this.closeCodes.push(code);
    }
  }

  #note({ type, seq }: Push): void {
    if (type === 'snapshot') this.#lastSeq = Math.max(this.#lastSeq, seq);
    else this.#ahead.add(seq);
    while (this.#ahead.delete(this.#lastSeq + 1)) this.#lastSeq++;
  }
}
