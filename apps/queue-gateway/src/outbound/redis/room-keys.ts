/** The keys of one room. All carry its hash tag, so that a script finds them on one node of a cluster. */
export interface RoomKeys {
  /** Hash: settings, numbers, rate bucket. */
  room: string;
  /** Sorted set: user → sequence number. */
  waiting: string;
  /** Hash: user → `sequence:admissionId:admittedAtMs:endsAtMs`, taken from the line but not settled. */
  calling: string;
  /** Sorted set: `admissionId:user` → end in ms, +inf while something is held. */
  inside: string;
  /** Hash: user → as in `calling`, the newest admission. */
  current: string;
  /** Set while one replica fetches numbers. */
  fetching: string;
  /** Hash: what was last announced. */
  announced: string;
}

/** The keys of a schedule's room under the app's prefix. */
export function roomKeys(prefix: string, scheduleId: number): RoomKeys {
  const key = (name: string): string => `${prefix}{${scheduleId}}:${name}`;
  return {
    room: key('room'),
    waiting: key('waiting'),
    calling: key('calling'),
    inside: key('inside'),
    current: key('current'),
    fetching: key('fetching'),
    announced: key('announced'),
  };
}
