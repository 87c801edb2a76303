import type { NumberedNews, PersonalNews, ServingNews } from '../../application/pushes.ts';

/** The names of the channels under the app's prefix. */
export interface PushChannels {
  /** One per fan, so that a replica hears only of those who are connected to it. */
  fan(userId: string): string;
  fanPrefix: string;
  serving: string;
  departed: string;
}

export function channelsOf(prefix: string): PushChannels {
  const fanPrefix = `${prefix}fan:`;
  return {
    fan: (userId) => fanPrefix + userId,
    fanPrefix,
    serving: `${prefix}serving`,
    departed: `${prefix}departed`,
  };
}

/** Reads `seq:{news}`, as tell.lua writes it. */
export function numberedNewsOf(text: string): NumberedNews {
  const colon = text.indexOf(':');
  return { seq: Number(text.slice(0, colon)), news: JSON.parse(text.slice(colon + 1)) as PersonalNews };
}

/** Reads `schedule:serving:waiting:seq`, as announce.lua writes it. */
export function servingNewsOf(text: string): ServingNews {
  const [scheduleId, serving, waiting, seq] = text.split(':').map(Number);
  return { scheduleId: scheduleId ?? 0, serving: serving ?? 0, waiting: waiting ?? 0, seq: seq ?? 0 };
}
