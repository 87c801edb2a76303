import { expect, test } from 'vitest';
import { ApiClient } from '../src/client/api-client.ts';
import { openConcert } from '../src/crowd/opening.ts';
import { runCrowd } from '../src/crowd/run.ts';
import { Tally } from '../src/crowd/tally.ts';
import { killEachOnce } from '../src/onsale/kills.ts';
import { startOwnStack } from '../src/onsale/own-stack.ts';
import { expectInvariants } from './use-stack.ts';

/** `npm run onsale` in small, with everything that goes wrong at once: two of each service, each killed once. */
test('two replicas of each service, each service killed: all seats are sold, each once', async () => {
  const holdTtlMs = 4_000;
  const stack = await startOwnStack({ replicas: 2, holdTtlMs });
  const api = new ApiClient(stack.urls.edge, { connections: 128 });
  const over = new AbortController();
  try {
    const { scheduleId } = await openConcert(api, 60, 'Crowd');
    const crowd = runCrowd({
      api,
      baseUrl: stack.urls.edge,
      scheduleId,
      fans: 300,
      arrivalMs: 15_000,
      limitMs: 240_000,
      holdTtlMs,
      seed: 20251128,
      tally: new Tally(),
      signal: over.signal,
      progress: () => {},
    });
    const [result] = await Promise.all([crowd, killEachOnce(stack, over.signal, () => {})]);
    expect(result.sales).toEqual({ sold: 60, claimed: 60, total: 60 });
    await expectInvariants(stack);
  } finally {
    over.abort();
    await api.close();
    await stack.stop();
  }
}, 480_000);
