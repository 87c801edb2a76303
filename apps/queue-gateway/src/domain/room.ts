import type { ScheduleEventData } from '@stagedoor/contracts';

/** How a room lets people in (design §5): by rate and cap; everybody at once; nobody for now; nobody any more. */
export const roomModes = ['queue', 'open', 'paused', 'closed'] as const;
export type RoomMode = (typeof roomModes)[number];

/** What an operator may set. */
export interface RoomSettings {
  mode: RoomMode;
  /** Admissions per second. */
  ratePerSecond: number;
  /** Most fans inside at a time. */
  maxInside: number;
  /** An opening time instead of the schedule's; null: the schedule's. */
  openingOverride: Date | null;
  /** Shown to whoever waits. */
  message: string | null;
}

/** A schedule's waiting room, as far as it is not about who is in it. */
export interface Room extends RoomSettings {
  scheduleId: number;
  /** When sales open, as the schedule says. */
  opensAt: Date;
  salesEndAt: Date | null;
  /** The show was cancelled; no setting opens the room again. */
  cancelled: boolean;
  /** When the newest schedule event that was applied occurred. */
  learnedAt: Date;
  /** Raised by every change. */
  version: number;
}

/** What a room is at a moment: its mode, unless the time or a cancellation says otherwise. */
export type RoomPhase = 'prequeue' | RoomMode;

/** When the room opens: the operator's time before the schedule's. */
export const openingOf = (room: Pick<Room, 'openingOverride' | 'opensAt'>): Date =>
  room.openingOverride ?? room.opensAt;

/** Closed from the end of sales on, a pre-queue before the opening, else as its mode says. */
export function phaseOf(room: Room, now: Date): RoomPhase {
  if (room.cancelled || room.mode === 'closed') return 'closed';
  if (room.salesEndAt !== null && room.salesEndAt <= now) return 'closed';
  return openingOf(room) > now ? 'prequeue' : room.mode;
}

/** What is heard of a schedule: one of its events. */
export interface ScheduleNews {
  scheduleId: number;
  occurredAt: Date;
  data: ScheduleEventData;
}

/**
 * A room as a schedule event leaves it, or null where the event changes nothing: it is older than what is known, or it
 * tells nothing new. Settings of an operator stay as they are.
 */
export function learn(room: Room, news: ScheduleNews): Room | null {
  if (news.occurredAt < room.learnedAt) return null;
  const learned: Room = {
    ...room,
    opensAt: new Date(news.data.opensAt),
    salesEndAt: news.data.salesEndAt === null ? null : new Date(news.data.salesEndAt),
    cancelled: news.data.status === 'CANCELLED',
    learnedAt: news.occurredAt,
  };
  const tellsNothing =
    learned.opensAt.getTime() === room.opensAt.getTime() &&
    learned.salesEndAt?.getTime() === room.salesEndAt?.getTime() &&
    learned.cancelled === room.cancelled &&
    learned.learnedAt.getTime() === room.learnedAt.getTime();
  return tellsNothing ? null : { ...learned, version: room.version + 1 };
}

/** The room of a schedule that was not heard of before. */
export function newRoom(news: ScheduleNews, defaults: Pick<RoomSettings, 'ratePerSecond' | 'maxInside'>): Room {
  return {
    scheduleId: news.scheduleId,
    mode: 'queue',
    ratePerSecond: defaults.ratePerSecond,
    maxInside: defaults.maxInside,
    openingOverride: null,
    message: null,
    opensAt: new Date(news.data.opensAt),
    salesEndAt: news.data.salesEndAt === null ? null : new Date(news.data.salesEndAt),
    cancelled: news.data.status === 'CANCELLED',
    learnedAt: news.occurredAt,
    version: 1,
  };
}

/** The room with an operator's changes; what is not given stays. */
export function change(room: Room, settings: Partial<RoomSettings>): Room {
  return { ...room, ...settings, version: room.version + 1 };
}
