import { afterAll, beforeAll } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../../infra/stack/index.mjs';
import { ApiClient } from '../src/client/api-client.ts';

const START_MS = 180_000;

/** A whole system of its own for the tests of one file, with short times: real broker, database, Redis, edge, four apps. */
export function useStack(options: StackOptions = {}): { readonly stack: Stack; readonly api: ApiClient } {
  let stack: Stack | undefined;
  let api: ApiClient | undefined;
  beforeAll(async () => {
    stack = await startStack({ profile: 'load', durable: false, ...options });
    api = new ApiClient(stack.urls.edge, { connections: 128 });
  }, START_MS);
  afterAll(async () => {
    await api?.close();
    await stack?.stop();
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
