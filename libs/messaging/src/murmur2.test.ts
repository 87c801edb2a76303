import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { murmur2, placeOfKey } from './murmur2.ts';

// From Java's own UtilsTest.testMurmur2.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is what Java says', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test('every key has the partition that kafkajs gives it', () => {
  const partition = kafkajs.Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 10 }, (_, partitionId) => ({
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
    partitionErrorCode: 0,
  }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const key = Buffer.from(bytes);
      const message = { key, value: null };
      expect(placeOfKey(key, 10)).toBe(partition({ topic: 't', partitionMetadata, message }));
    }),
  );
});
