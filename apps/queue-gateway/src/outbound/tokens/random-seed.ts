import { createHash, randomBytes } from 'node:crypto';
import type { Seed } from '../../application/ports.ts';

/** A seed for the shuffle of a pre-queue, with the hash that is published before. */
export function randomSeed(): Seed {
  const seed = randomBytes(32);
  return { seed: seed.toString('hex'), seedHash: createHash('sha256').update(seed).digest('hex') };
}
