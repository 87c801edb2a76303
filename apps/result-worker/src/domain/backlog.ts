/** Per partition of a topic: an end offset, or how far a group has come. */
export type Offsets = ReadonlyMap<number, bigint>;

/** The ends of a topic, and a moment at or after which they were all read. */
export interface BacklogMark {
  readAt: Date;
  ends: Offsets;
}

/**
 * What the sweeper knows of the backlog of results. `reachableSince` is null while Kafka cannot be asked; `mark` is a
 * reading that the group has not been seen to reach yet.
 */
export interface BacklogWatch {
  reachableSince: Date | null;
  seenAt: Date | null;
  mark: BacklogMark | null;
}

/** Nothing is known yet: after a start, an outage, or a time of not leading. */
export const unwatched: BacklogWatch = { reachableSince: null, seenAt: null, mark: null };

/** For how long what was not seen counts as not there. */
export interface WatchBounds {
  /** Two looks that lie further apart say nothing about the time between them: this process may have stood still. */
  maxGapMs: number;
  /** For so long after Kafka came back, results may still be on their way out of payment-worker's outbox. */
  recoveryGraceMs: number;
}

/**
 * The ends were read, beginning at `readAt`. A reading is remembered only while there is none, so that under steady
 * traffic the group does reach it, and only once Kafka has been there long enough for outboxes to have emptied.
 */
export function endsRead(watch: BacklogWatch, { readAt, ends }: BacklogMark, bounds: WatchBounds): BacklogWatch {
  const gapMs = watch.seenAt === null ? 0 : readAt.getTime() - watch.seenAt.getTime();
  const unseen = gapMs > bounds.maxGapMs || gapMs < 0;
  const reachableSince = watch.reachableSince === null || unseen ? readAt : watch.reachableSince;
  const mark = unseen ? null : watch.mark;
  const settled = readAt.getTime() - reachableSince.getTime() >= bounds.recoveryGraceMs;
  return { reachableSince, seenAt: readAt, mark: mark ?? (settled ? { readAt, ends } : null) };
}

/** Whether a group that has come so far has processed everything below the ends. */
export const reached = (ends: Offsets, processed: Offsets): boolean =>
  [...ends].every(([partition, end]) => (processed.get(partition) ?? 0n) >= end);
