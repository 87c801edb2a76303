import { isTransient, Problem, systemClock } from '@stagedoor/platform';
import { expect, test } from 'vitest';
import { RoomDirectory } from './room-directory.ts';

const refused = (directory: RoomDirectory): unknown => {
  try {
    return directory.require(1);
  } catch (error) {
    return error;
  }
};

test('before the rooms were read nobody is told that there is none', async () => {
  const directory = new RoomDirectory({ roomsSince: async () => ({ rooms: [], newest: null }) }, systemClock);
  expect(isTransient(refused(directory))).toBe(true);
  await directory.refresh();
  expect(refused(directory)).toBeInstanceOf(Problem);
});

test('a room that is known is answered for, although the rooms were never read', () => {
  const directory = new RoomDirectory({ roomsSince: async () => ({ rooms: [], newest: null }) }, systemClock);
  directory.put({ scheduleId: 1, serving: 0, restoredThrough: 0, sequenceHigh: 0, version: 1 } as never);
  expect(directory.require(1).settings.scheduleId).toBe(1);
});
