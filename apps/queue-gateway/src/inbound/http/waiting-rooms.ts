import { type HttpServer, integerParameter, problemResponses } from '@stagedoor/platform';
import { z } from 'zod';
import type { RoomView, WaitingRooms } from '../../application/waiting-rooms.ts';
import { type RoomSettings, roomModes } from '../../domain/room.ts';

const params = z.object({ scheduleId: integerParameter.describe('Schedule') });

const settings = {
  mode: z.enum(roomModes).describe('open: everybody at once; paused: nobody for now; closed: nobody any more'),
  ratePerSecond: z.number().int().min(1).max(100_000).describe('Admissions per second'),
  maxInside: z.number().int().min(0).max(10_000_000).describe('Most fans inside at a time'),
  message: z.string().max(500).nullable().describe('Shown to those who wait'),
};

const body = z
  .strictObject({
    ...settings,
    opensAt: z.iso.datetime({ offset: true }).nullable().describe('Opening; null: as the schedule says'),
  })
  .partial()
  .refine((given) => Object.keys(given).length > 0, 'must name at least one setting');

const view = z.object({
  scheduleId: z.number().int(),
  ...settings,
  opensAt: z.iso.datetime(),
  salesEndAt: z.iso.datetime().nullable(),
  state: z.enum(['prequeue', ...roomModes]).describe('What the room is now: its mode, unless the time says otherwise'),
  waiting: z.number().int().nullable().describe('Null while the waiting line cannot be asked'),
  inside: z.number().int().nullable(),
  serving: z.number().int().describe('The last sequence number that was called'),
});

/** What operators see and set of a waiting room (design §6). */
export function waitingRoomRoutes(routes: HttpServer, rooms: WaitingRooms): void {
  const path = '/v1/admin/waiting-rooms/:scheduleId';
  const tags = ['admin'];

  routes.get(
    path,
    {
      onRequest: routes.requireRole('admin'),
      schema: { tags, summary: 'A waiting room', params, response: { 200: view, ...problemResponses('NOT_FOUND') } },
    },
    async (request) => shown(await rooms.view(request.params.scheduleId)),
  );

  routes.put(
    path,
    {
      onRequest: routes.requireRole('admin'),
      schema: {
        tags,
        summary: 'Set a waiting room',
        description: 'What is not given stays as it is. Audited.',
        params,
        body,
        response: { 200: view, ...problemResponses('NOT_FOUND') },
      },
    },
    async (request) => {
      const { opensAt, ...given } = request.body;
      const set = {
        ...given,
        ...(opensAt !== undefined && { openingOverride: opensAt === null ? null : new Date(opensAt) }),
      } as Partial<RoomSettings>;
      return shown(await rooms.set(request.params.scheduleId, set, request.identity.userId));
    },
  );
}

const shown = ({ room, phase, opensAt, counts }: RoomView): z.input<typeof view> => ({
  scheduleId: room.scheduleId,
  mode: room.mode,
  ratePerSecond: room.ratePerSecond,
  maxInside: room.maxInside,
  message: room.message,
  opensAt: opensAt.toISOString(),
  salesEndAt: room.salesEndAt?.toISOString() ?? null,
  state: phase,
  waiting: counts?.waiting ?? null,
  inside: counts?.inside ?? null,
  serving: counts?.serving ?? room.serving,
});
