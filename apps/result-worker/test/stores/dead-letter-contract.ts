import { uuidv7Ids } from '@stagedoor/platform';
import { describe, expect, test } from 'vitest';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { later, NOW } from '../builders.ts';
import type { OpenedStores } from './contract.ts';

let nextOffset = 0n;

/** A dead letter at a place of its own. */
export const aDeadLetter = (given: Partial<DeadLetter> = {}): DeadLetter => ({
  id: uuidv7Ids.next(),
  topic: 'payment-requests',
  partition: 0,
  offset: nextOffset++,
  group: 'payment-request-consumer-group',
  key: Buffer.from('fan-1'),
  value: Buffer.from('{'),
  headers: { 'event-id': { utf8: 'e' } },
  error: { code: 'MALFORMED_JSON', message: 'unexpected end' },
  attempts: 1,
  status: 'NEW',
  replayCount: 0,
  failedAt: NOW,
  ...given,
});

/** What every store of dead letters keeps to. */
export function deadLetterContract(stores: () => OpenedStores): void {
  describe('dead letters', () => {
    test('are kept as they came, bytes and all', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const letters = [
        aDeadLetter({ key: null, value: null, offset: 2n ** 62n, headers: {} }),
        aDeadLetter({ key: bytes, value: bytes, headers: { x: { hex: 'ff' } }, error: { code: 'C', message: '끝😀' } }),
        ...Array.from({ length: 8 }, () => aDeadLetter({ value: Buffer.alloc(1_000_000, "'") })),
      ];
      expect(await stores().unitOfWork.run((tx) => tx.deadLetters.add(letters, NOW))).toBe(10);
      for (const letter of letters) {
        expect(await stores().unitOfWork.run((tx) => tx.deadLetters.lock(letter.id))).toEqual(letter);
      }
    });

    test('are known by where they stood, once each', async () => {
      const letter = aDeadLetter();
      const again = aDeadLetter({ ...letter, id: uuidv7Ids.next(), attempts: 9 });
      const others = [
        { ...again, id: uuidv7Ids.next(), group: 'Payment-request-consumer-group' },
        { ...again, id: uuidv7Ids.next(), partition: 1 },
      ];
      const add = (letters: DeadLetter[]) => stores().unitOfWork.run((tx) => tx.deadLetters.add(letters, NOW));
      expect(await add([letter, again])).toBe(1);
      expect(await add([again, ...others])).toBe(2);
      expect(await stores().unitOfWork.run((tx) => tx.deadLetters.lock(letter.id))).toEqual(letter);
      expect(await stores().unitOfWork.run((tx) => tx.deadLetters.lock(again.id))).toBeNull();
    });

    test('are resolved once', async () => {
      const letter = aDeadLetter();
      await stores().unitOfWork.run((tx) => tx.deadLetters.add([letter], NOW));
      const action = {
        id: uuidv7Ids.next(),
        deadLetterId: letter.id,
        action: 'DISCARDED' as const,
        actor: 'boss',
        reason: 'a test',
        value: null,
        at: later(5),
      };
      await stores().unitOfWork.run((tx) => tx.deadLetters.resolve(action));
      expect(await stores().unitOfWork.run((tx) => tx.deadLetters.lock(letter.id))).toEqual({
        ...letter,
        status: 'DISCARDED',
      });
      const twice = { ...action, id: uuidv7Ids.next() };
      await expect(stores().unitOfWork.run((tx) => tx.deadLetters.resolve(twice))).rejects.toThrow('not new');
    });
  });
}
