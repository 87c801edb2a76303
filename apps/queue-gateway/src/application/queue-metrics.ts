/** What is counted of the waiting room's business. */
export interface QueueMetrics {
  joined(result: 'new' | 'known'): void;
  admitted(count: number): void;
  ended(reason: string, count: number): void;
  /** Numbers of a room as the line has them. */
  room(scheduleId: number, counts: { waiting: number; inside: number }): void;
  /** Of these rooms there are numbers; others are shown no more. */
  liveRooms(scheduleIds: ReadonlySet<number>): void;
  event(result: 'applied' | 'nothing to do'): void;
  connections(count: number): void;
  connectionDropped(reason: string): void;
}
