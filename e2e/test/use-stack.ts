import { checkInvariants } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../../infra/stack/index.mjs';
import { ApiClient } from '../src/client/api-client.ts';
import { accessOf } from '../src/stack-access.ts';

const START_MS = 180_000;

/**
 * A whole system of its own for the tests of one file: real broker, database, Redis, edge, four apps. Whatever the tests
 * did to it, the invariants must hold at the end; `atTheEnd` where that cannot be all of them.
 */
export function useStack(
  options: StackOptions = {},
  atTheEnd: (stack: Stack) => Promise<void> = expectInvariants,
): { readonly stack: Stack; readonly api: ApiClient } {
  let stack: Stack | undefined;
  let api: ApiClient | undefined;
  beforeAll(async () => {
    stack = await startStack({ profile: 'load', durable: false, ...options });
    api = new ApiClient(stack.urls.edge, { connections: 128 });
  }, START_MS);
  afterAll(async () => {
    try {
      if (stack !== undefined) await atTheEnd(stack);
    } finally {
      await api?.close();
      await stack?.stop();
    }
  }, START_MS);
  const started = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the stack has not started');
    return value;
  };
  return {
    get stack() {
      return started(stack);
    },
    get api() {
      return started(api);
    },
  };
}

/** I1 to I10 hold, and nothing that was to be given back is still on its way. */
export async function expectInvariants(stack: Stack): Promise<void> {
  const { violations, openRefunds } = await checkInvariants(accessOf(stack), { holdLimit: 4, sweepMs: 5_000 }, 60_000);
  expect([...violations, ...openRefunds]).toEqual([]);
}
