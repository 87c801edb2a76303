import type { App, Stage } from './test-app.ts';

/** An answer of the app. */
export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the route answers; the test says what it expects of it
  body: any;
}

async function call(
  app: App,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const answer = await app.server.inject({
    method,
    url,
    headers,
    ...(body !== undefined && { payload: body as object }),
  });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.body === '' ? null : JSON.parse(answer.body),
  };
}

/** A fan with a token; admitted wherever it wants. */
export function aFan(stage: Stage, userId: string) {
  const authorization = stage.keys.authorization(userId);
  return {
    userId,
    hold(app: App, scheduleId: number, seatNumber: number, key?: string): Promise<Answer> {
      const headers = {
        authorization,
        'x-admission-token': stage.keys.admissionToken({ userId, scheduleId }),
        ...(key !== undefined && { 'idempotency-key': key }),
      };
      return call(app, 'POST', '/v1/reservations', headers, { scheduleId, seatNumber });
    },
    pay: (app: App, id: string, key: string): Promise<Answer> =>
      call(app, 'POST', `/v1/reservations/${id}/payment`, { authorization, 'idempotency-key': key }),
    cancel: (app: App, id: string): Promise<Answer> =>
      call(app, 'POST', `/v1/reservations/${id}/cancellation`, { authorization }),
    get: (app: App, path: string): Promise<Answer> => call(app, 'GET', path, { authorization }),
    reservation: (app: App, id: string): Promise<Answer> =>
      call(app, 'GET', `/v1/reservations/${id}`, { authorization }),
  };
}

export type Fan = ReturnType<typeof aFan>;

/** Anyone, without a token. */
export const look = (app: App, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  call(app, 'GET', path, headers);

/** An operator with the role admin. */
export function anOperator(stage: Stage, userId = 'operator-1') {
  const authorization = stage.keys.authorization(userId, ['admin']);
  const as = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE') => (app: App, path: string, body?: unknown) =>
    call(app, method, `/v1/admin${path}`, { authorization }, body);
  return { userId, get: as('GET'), post: as('POST'), patch: as('PATCH'), delete: as('DELETE') };
}

const HOUR_MS = 3_600_000;

/** Publishes a concert of one show on sale; answers the schedule's id. */
export async function aShow(stage: Stage, app: App, seats = 100, price = 100_000): Promise<number> {
  const now = Date.now();
  const published = await anOperator(stage).post(app, '/concerts', {
    title: 'A concert',
    venue: 'A hall',
    schedules: [
      {
        startsAt: new Date(now + 24 * HOUR_MS).toISOString(),
        opensAt: new Date(now - HOUR_MS).toISOString(),
        sections: [{ name: 'Floor', grade: 'R', price, rows: 1, rowLength: seats }],
      },
    ],
  });
  if (published.status !== 201) throw new Error(JSON.stringify(published.body));
  return published.body.schedules[0].id;
}
