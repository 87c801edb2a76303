import type { Page, SeatMap } from '../client/answers.ts';
import type { ApiClient } from '../client/api-client.ts';

export interface Sales {
  /** Seats confirmed. */
  sold: number;
  /** Seats claimed: held, being paid, or sold. */
  claimed: number;
  total: number;
}

/** How far a schedule is sold, as everybody can see it; null while the service is away. */
export async function readSales(api: ApiClient, scheduleId: number): Promise<Sales | null> {
  const [map, rankings] = await Promise.all([
    api.call<SeatMap>('sales', { method: 'GET', path: `/v1/schedules/${scheduleId}/seats` }),
    api.call<Page<{ scheduleId: number; sold: number }>>('sales', { method: 'GET', path: '/v1/rankings?limit=100' }),
  ]);
  if (map.status !== 200 || rankings.status !== 200) return null;
  return {
    total: map.body.seatsTotal,
    claimed: map.body.taken.reduce((sum, [from, to]) => sum + to - from + 1, 0),
    sold: rankings.body.items.find((item) => item.scheduleId === scheduleId)?.sold ?? 0,
  };
}
