import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OverloadedError, TransientError } from '../errors/errors.ts';
import { GroupCommit } from './group-commit.ts';

/** A group commit whose batches run until they are told to end. */
function steered(options: { maxBatch?: number; maxQueued?: number } = {}) {
  const batches: { commands: number[]; end(): void; fail(error: Error): void }[] = [];
  const commit = new GroupCommit<number, string>({
    name: 'test',
    maxBatch: options.maxBatch ?? 100,
    maxQueued: options.maxQueued ?? 1000,
    execute(commands) {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      batches.push({ commands, end: () => resolve(commands.map((command) => `done ${command}`)), fail: reject });
      return promise;
    },
  });
  return { commit, batches, turn: () => new Promise((resolve) => setImmediate(resolve)) };
}

describe('batches', () => {
  test('a lone command goes at once', async () => {
    const { commit, batches } = steered();
    const verdict = commit.submit(1);
    await Promise.resolve();
    expect(batches.map(({ commands }) => commands)).toEqual([[1]]);
    batches[0]?.end();
    expect(await verdict).toBe('done 1');
  });

  test('what arrives while a batch runs shares the next one', async () => {
    const { commit, batches, turn } = steered();
    const verdicts = [commit.submit(1)];
    await turn();
    verdicts.push(commit.submit(2), commit.submit(3));
    await turn();
    verdicts.push(commit.submit(4));
    expect(commit.depth).toBe(3);
    expect(batches).toHaveLength(1);
    batches[0]?.end();
    await turn();
    expect(batches.map(({ commands }) => commands)).toEqual([[1], [2, 3, 4]]);
    batches[1]?.end();
    expect(await Promise.all(verdicts)).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
  });

  test('what is submitted in one turn goes together', async () => {
    const { commit, batches, turn } = steered({ maxBatch: 3 });
    const verdicts = [1, 2, 3, 4].map((command) => commit.submit(command));
    await turn();
    batches[0]?.end();
    await turn();
    batches[1]?.end();
    await Promise.all(verdicts);
    expect(batches.map(({ commands }) => commands)).toEqual([[1, 2, 3], [4]]);
  });

  test('one too many is refused, and the others are not', async () => {
    const { commit, batches, turn } = steered({ maxQueued: 2 });
    const verdicts = [commit.submit(1)];
    await turn();
    verdicts.push(commit.submit(2), commit.submit(3));
    await expect(commit.submit(4)).rejects.toBeInstanceOf(OverloadedError);
    batches[0]?.end();
    await turn();
    verdicts.push(commit.submit(5));
    batches[1]?.end();
    await turn();
    batches[2]?.end();
    expect(await Promise.all(verdicts)).toEqual(['done 1', 'done 2', 'done 3', 'done 5']);
  });

  test('a transient failure goes to the whole batch, and is not tried again', async () => {
    const { commit, batches, turn } = steered();
    const verdicts = [1, 2, 3].map((command) => commit.submit(command));
    await turn();
    batches[0]?.fail(new TransientError('away'));
    for (const result of await Promise.allSettled(verdicts)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'away' } });
    }
    expect(batches).toHaveLength(1);
    const after = commit.submit(4);
    await turn();
    batches[1]?.end();
    expect(await after).toBe('done 4');
  });

  test('a wrong number of verdicts fails everyone and is not tried again', async () => {
    let calls = 0;
    const commit = new GroupCommit<number, number>({
      name: 'test',
      maxBatch: 10,
      maxQueued: 10,
      execute: async () => {
        calls++;
        return [1];
      },
    });
    const results = await Promise.allSettled([commit.submit(1), commit.submit(2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(calls).toBe(1);
  });

  test('execute that throws before it answers a promise is a failure like any other', async () => {
    const commit = new GroupCommit<number, number>({
      name: 'test',
      maxBatch: 10,
      maxQueued: 10,
      execute: () => {
        throw new Error('at once');
      },
    });
    await expect(commit.submit(1)).rejects.toThrow('at once');
    await commit.drain();
  });

  test('drain waits for what is submitted meanwhile, and resolves at once when nothing is', async () => {
    const { commit, batches, turn } = steered();
    await commit.drain();
    const verdicts = [commit.submit(1)];
    let drained = false;
    const draining = commit.drain().then(() => {
      drained = true;
    });
    await turn();
    verdicts.push(commit.submit(2));
    batches[0]?.end();
    await turn();
    expect(drained).toBe(false);
    batches[1]?.end();
    await draining;
    await Promise.all(verdicts);
  });
});

/** What a run of random submissions did. */
interface Run {
  committed: number[];
  attempts: number[][];
  results: PromiseSettledResult<number>[];
}

type Outcome = 'good' | 'culprit' | 'transient';

async function play(bursts: Outcome[][], maxBatch: number, batchTurns: number): Promise<Run> {
  const outcomes = bursts.flat();
  const committed: number[] = [];
  const attempts: number[][] = [];
  let running = 0;
  const commit = new GroupCommit<number, number>({
    name: 'test',
    maxBatch,
    maxQueued: outcomes.length + 1,
    async execute(commands) {
      expect(++running).toBe(1);
      attempts.push(commands);
      for (let i = 0; i < batchTurns; i++) await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (commands.some((command) => outcomes[command] === 'culprit')) throw new Error(`culprit in ${commands}`);
      if (commands.some((command) => outcomes[command] === 'transient')) throw new TransientError('away');
      committed.push(...commands);
      return commands.map((command) => command * 10);
    },
  });
  const submissions: Promise<number>[] = [];
  for (const burst of bursts) {
    for (const _outcome of burst) {
      const submission = commit.submit(submissions.length);
      // Looked at below; until then a rejection is nobody's.
      submission.catch(() => {});
      submissions.push(submission);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const results = await Promise.allSettled(submissions);
  await commit.drain();
  expect(commit.depth).toBe(0);
  return { committed, attempts, results };
}

describe('for any arrivals', () => {
  const bursts = (...outcomes: Outcome[]) =>
    fc.array(fc.array(fc.constantFrom(...outcomes), { maxLength: 12 }), { maxLength: 8 });
  const sizes = { maxBatch: fc.integer({ min: 1, max: 10 }), batchTurns: fc.integer({ min: 0, max: 3 }) };

  test('every command gets its own verdict, once, in order, in batches within the bound', async () => {
    await fc.assert(
      fc.asyncProperty(bursts('good'), sizes.maxBatch, sizes.batchTurns, async (arrivals, maxBatch, batchTurns) => {
        const { committed, attempts, results } = await play(arrivals, maxBatch, batchTurns);
        expect(results).toEqual(results.map((_result, command) => ({ status: 'fulfilled', value: command * 10 })));
        expect(committed).toEqual(results.map((_result, command) => command));
        expect(Math.max(0, ...attempts.map((batch) => batch.length))).toBeLessThanOrEqual(maxBatch);
      }),
    );
  });

  test('only culprits fail; the others are committed once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        bursts('good', 'good', 'good', 'culprit'),
        sizes.maxBatch,
        sizes.batchTurns,
        async (arrivals, maxBatch, batchTurns) => {
          const outcomes = arrivals.flat();
          const { committed, attempts, results } = await play(arrivals, maxBatch, batchTurns);
          results.forEach((result, command) => {
            if (outcomes[command] === 'good') expect(result).toEqual({ status: 'fulfilled', value: command * 10 });
            // The culprit's own failure, not its neighbours'.
            else expect(result).toMatchObject({ status: 'rejected', reason: { message: `culprit in ${command}` } });
          });
          expect(committed).toEqual(outcomes.flatMap((outcome, command) => (outcome === 'good' ? [command] : [])));
          const culprits = outcomes.filter((outcome) => outcome === 'culprit').length;
          const perCulprit = 2 * Math.ceil(Math.log2(maxBatch)) + 1;
          expect(attempts.length).toBeLessThanOrEqual(outcomes.length + culprits * perCulprit);
        },
      ),
    );
  });

  test('every command is told something, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        bursts('good', 'culprit', 'transient'),
        sizes.maxBatch,
        sizes.batchTurns,
        async (arrivals, maxBatch, batchTurns) => {
          const { committed, results } = await play(arrivals, maxBatch, batchTurns);
          const told = results.flatMap((result, command) => (result.status === 'fulfilled' ? [command] : []));
          expect(committed).toEqual(told);
        },
      ),
    );
  });
});
