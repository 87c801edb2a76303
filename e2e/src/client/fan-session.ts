import { randomUUID } from 'node:crypto';
import type { QueuePlace, Reservation, SeatMap, Wallet } from './answers.ts';
import type { Answer, ApiClient } from './api-client.ts';

/** One fan's calls, each by its own name. Every effect carries an Idempotency-Key, so that each may be tried again. */
export class FanSession {
  readonly userId: string;
  readonly token: string;
  readonly #api: ApiClient;

  constructor(api: ApiClient, userId: string, token: string) {
    this.#api = api;
    this.userId = userId;
    this.token = token;
  }

  /** A session with a token from the development endpoint (AUTH_MODE=dev). */
  static async open(api: ApiClient, userId: string, roles: string[] = []): Promise<FanSession> {
    const answer = await api.insist<{ token: string }>('token', {
      method: 'POST',
      path: '/v1/dev/tokens',
      body: { userId, ...(roles.length === 0 ? {} : { roles }) },
    });
    if (answer.status !== 201 && answer.status !== 200) throw new Error(`no token for ${userId}: ${answer.status}`);
    return new FanSession(api, userId, answer.body.token);
  }

  join(scheduleId: number, ticket?: string): Promise<Answer<QueuePlace>> {
    return this.#insist('join', 'POST', `/v1/schedules/${scheduleId}/queue`, ticket === undefined ? {} : { ticket });
  }

  place(scheduleId: number): Promise<Answer<QueuePlace>> {
    return this.#insist('place', 'GET', `/v1/schedules/${scheduleId}/queue/me`);
  }

  leave(scheduleId: number): Promise<Answer<null>> {
    return this.#insist('leave', 'DELETE', `/v1/schedules/${scheduleId}/queue/me`);
  }

  seats(scheduleId: number): Promise<Answer<SeatMap>> {
    return this.#insist('seats', 'GET', `/v1/schedules/${scheduleId}/seats`);
  }

  hold(scheduleId: number, seatNumber: number, admissionToken: string): Promise<Answer<Reservation>> {
    return this.#insist(
      'hold',
      'POST',
      '/v1/reservations',
      { scheduleId, seatNumber },
      { 'x-admission-token': admissionToken, 'idempotency-key': randomUUID() },
    );
  }

  pay(
    reservationId: string,
    idempotencyKey: string,
  ): Promise<Answer<Pick<Reservation, 'id' | 'status' | 'paymentDeadline'>>> {
    return this.#insist('pay', 'POST', `/v1/reservations/${reservationId}/payment`, undefined, {
      'idempotency-key': idempotencyKey,
    });
  }

  cancel(reservationId: string): Promise<Answer<Reservation>> {
    return this.#insist('cancel', 'POST', `/v1/reservations/${reservationId}/cancellation`);
  }

  reservation(reservationId: string): Promise<Answer<Reservation>> {
    return this.#insist('reservation', 'GET', `/v1/reservations/${reservationId}`);
  }

  wallet(): Promise<Answer<Wallet>> {
    return this.#insist('wallet', 'GET', '/v1/wallet');
  }

  topUp(amount: number, idempotencyKey: string = randomUUID()): Promise<Answer<Wallet>> {
    return this.#insist('top-up', 'POST', '/v1/wallet/charges', { amount }, { 'idempotency-key': idempotencyKey });
  }

  #insist<T>(
    operation: string,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>> {
    return this.#api.insist<T>(operation, { method, path, token: this.token, body, headers });
  }
}
