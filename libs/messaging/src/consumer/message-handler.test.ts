import { type Logger, PermanentError, TransientError } from '@stagedoor/platform';
import { describe, expect, test } from 'vitest';
import { consumerMetrics } from '../metrics.ts';
import type { ProducerMessage } from '../ports.ts';
import { defaultRetryPolicy } from '../retry-policy.ts';
import { testLogger, testMetrics } from '../testing/fixtures.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { VALUE_OMITTED_HEADER } from './dead-letter.ts';
import { MessageHandler } from './message-handler.ts';

const raw = {
  topic: 't',
  partition: 3,
  offset: '42',
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  headers: { own: 'header' },
  timestamp: new Date(0),
};

function handlerOf(
  process: (attempt: number) => Promise<void>,
  send?: (sent: ProducerMessage) => Promise<void>,
  logger: Logger = testLogger(),
) {
  const clock = new VirtualClock();
  const stopping = new AbortController();
  const sent: ProducerMessage[] = [];
  const state = { attempts: 0, current: true, retried: 0 };
  const handler = new MessageHandler({
    runtime: {
      clock,
      logger,
      retry: defaultRetryPolicy,
      random: () => 0,
      metrics: consumerMetrics(testMetrics(), 'g'),
      stopping: stopping.signal,
    },
    processor: { process: () => process(++state.attempts) },
    producer: {
      send: async ([message]) => {
        await send?.(message as ProducerMessage);
        sent.push(message as ProducerMessage);
      },
    },
    group: 'g',
    deadLetters: true,
  });
  const context = {
    isCurrent: () => state.current,
    retried: (change: number) => {
      state.retried += change;
    },
  };
  /** Handles the message; answers the result and how long it took on the clock. */
  const handle = async () => {
    const began = clock.now().getTime();
    let result: string | undefined;
    void handler.handle(raw, context).then((ended) => {
      result = ended;
    });
    await clock.runUntil(() => result !== undefined);
    return { result, tookMs: clock.now().getTime() - began };
  };
  return { handle, handler, context, sent, state, stopping, clock };
}

describe('MessageHandler', () => {
  test('a transient failure is retried for as long as it lasts, ever more slowly', async () => {
    const { handle, state, sent } = handlerOf(async (attempt) => {
      if (attempt <= 50) throw new TransientError('away');
    });
    const { result, tookMs } = await handle();
    expect(result).toBe('processed');
    expect(state.attempts).toBe(51);
    expect(tookMs).toBe(100 + 200 + 400 + 800 + 1_600 + 3_200 + 6_400 + 43 * 10_000);
    expect(sent).toEqual([]);
    expect(state.retried).toBe(0);
  });

  test('an outage with thousands of messages in hand does not flood the log', async () => {
    const lines: object[] = [];
    const logger = { ...testLogger(), warn: (fields: object) => void lines.push(fields) } as unknown as Logger;
    const { handle } = handlerOf(
      async (attempt) => {
        if (attempt <= 300) throw new TransientError('away');
      },
      undefined,
      logger,
    );
    expect((await handle()).result).toBe('processed');
    // Ten a second at most, and the 300 attempts in virtual time take far less than ten real seconds.
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(100);
  });

  test('an unknown error has five attempts, whatever transient ones come in between', async () => {
    const { handle, state, sent } = handlerOf(async (attempt) => {
      throw attempt % 2 === 0 ? new TransientError('away') : new Error('a bug');
    });
    expect((await handle()).result).toBe('dead_lettered');
    expect(state.attempts).toBe(9);
    expect(sent[0]?.headers).toMatchObject({
      own: 'header',
      'dlq-topic': 't',
      'dlq-partition': '3',
      'dlq-offset': '42',
      'dlq-group': 'g',
      'dlq-error-code': 'PROCESSING_FAILED',
      'dlq-error-message': 'a bug',
      'dlq-attempts': '9',
    });
  });

  test('a dead letter is sent for as long as it takes before the message counts as done', async () => {
    let failures = 20;
    const { handle, sent } = handlerOf(
      () => Promise.reject(new PermanentError('POISON', 'no')),
      async () => {
        if (failures-- > 0) throw new TransientError('no broker');
      },
    );
    expect((await handle()).result).toBe('dead_lettered');
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ topic: 't.dlq', key: raw.key, value: raw.value });
  });

  test('a dead letter that is too large goes without its value, which is still where it came from', async () => {
    const { handle, sent } = handlerOf(
      () => Promise.reject(new PermanentError('POISON', 'no')),
      async ({ value }) => {
        if (value !== null) throw new PermanentError('MESSAGE_TOO_LARGE', 'too large');
      },
    );
    expect((await handle()).result).toBe('dead_lettered');
    expect(sent[0]).toMatchObject({ value: null, headers: { 'dlq-offset': '42', [VALUE_OMITTED_HEADER]: '1' } });
  });

  test('a message of a lost partition is left to whoever has it now, without a dead letter', async () => {
    const { handle, state, sent } = handlerOf(async (attempt) => {
      if (attempt === 2) state.current = false;
      throw new Error('a bug');
    });
    expect((await handle()).result).toBe('abandoned');
    expect(sent).toEqual([]);
  });

  test('when the runner stops, nothing waits for its next attempt', async () => {
    const { handler, context, stopping, state } = handlerOf(() => Promise.reject(new TransientError('away')));
    const handled = handler.handle(raw, context);
    await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    expect(await handled).toBe('abandoned');
    expect(state.attempts).toBe(1);
  });
});
